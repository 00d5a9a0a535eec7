//! The engine: timely workers on threads of their own, fed with groups, giving outputs.
//!
//! Timely keeps no state over a crash: a worker that panics ends the process, and the next start
//! replays the journal.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use timely::container::CapacityContainerBuilder;
use timely::dataflow::{InputHandle, ProbeHandle};

use crate::flow::{self, Epoch, Output, Record};
use crate::topology::{ENGINE_GROUPS, WORKER_NAP};

/// One epoch's records.
#[derive(Debug, Default)]
pub struct Group {
    /// In the order of the journal; evaluations last.
    pub records: Vec<Record>,
}

/// Feeds the engine.
pub struct Engine {
    groups: Vec<SyncSender<Group>>,
    threads: Vec<Thread>,
    workers: Option<timely::communication::WorkerGuards<()>>,
}

/// The engine cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Timely could not start its workers.
    #[error("the dataflow could not start: {0}")]
    Start(String),
    /// A worker is gone.
    #[error("a worker of the dataflow has ended")]
    Gone,
}

/// The engine has as many groups as it may keep; the group comes back.
#[derive(Debug)]
pub struct Busy(pub Group);

/// Takes the outputs of an epoch of a worker; called on the worker's thread.
pub type Give = Arc<dyn Fn(Vec<Output>) + Send + Sync>;

impl Engine {
    /// Starts `workers` workers. Boards count from `seq_base`. `give` must not wait for whoever
    /// feeds the engine.
    ///
    /// # Errors
    /// When timely cannot start.
    pub fn start(workers: usize, seq_base: u64, give: Give) -> Result<Self, EngineError> {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..workers.max(1)).map(|_| sync_channel(ENGINE_GROUPS)).unzip();
        let receivers = Mutex::new(receivers.into_iter().map(Some).collect::<Vec<_>>());
        let config = timely::Config::process(workers.max(1));
        let guards = timely::execute(config, move |worker| {
            let mut receivers = receivers.lock().unwrap_or_else(PoisonError::into_inner);
            let receiver = receivers.get_mut(worker.index()).and_then(Option::take);
            drop(receivers);
            if let Some(receiver) = receiver {
                work(worker, &receiver, seq_base, Arc::clone(&give));
            }
        });
        let workers = guards.map_err(EngineError::Start)?;
        let threads = workers.guards().iter().map(|guard| guard.thread().clone()).collect();
        Ok(Self { groups: senders, threads, workers: Some(workers) })
    }

    /// Gives the engine a group. The first worker takes the records and hands them on by site; the
    /// others only learn that the epoch has passed.
    ///
    /// # Errors
    /// `Ok(Err(Busy))` when the engine has enough to do: try again.
    pub fn give(&self, group: Group) -> Result<Result<(), Busy>, EngineError> {
        let Some((first, others)) = self.groups.split_first() else { return Err(EngineError::Gone) };
        match first.try_send(group) {
            Ok(()) => {}
            Err(TrySendError::Full(group)) => return Ok(Err(Busy(group))),
            Err(TrySendError::Disconnected(_)) => return Err(EngineError::Gone),
        }
        for other in others {
            // A worker is as far behind as the first at most: it has less to do.
            other.send(Group::default()).map_err(|_| EngineError::Gone)?;
        }
        self.threads.iter().for_each(Thread::unpark);
        Ok(Ok(()))
    }

    /// Whether a worker has ended.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.workers.as_ref().is_none_or(|workers| workers.guards().iter().any(|guard| guard.is_finished()))
    }

    /// Lets the workers finish what they were given and waits for them.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A worker that has ended of itself has failed, and told why. The others wait for it for
        // ever: nobody waits for them, the process ends.
        if self.is_gone() {
            std::mem::forget(self.workers.take());
        }
        self.groups.clear();
        self.threads.iter().for_each(Thread::unpark);
    }
}

/// One worker's life: take a group, let the dataflow run until its epoch has passed, sleep when
/// there is nothing.
fn work(worker: &mut timely::worker::Worker, groups: &Receiver<Group>, seq_base: u64, give: Give) {
    let mut input: InputHandle<Epoch, CapacityContainerBuilder<Vec<Record>>> = InputHandle::new();
    let probe = ProbeHandle::new();
    worker.dataflow(|scope| {
        let records = input.to_stream(scope);
        flow::build(scope, records, &probe, seq_base, move |outputs| give(outputs));
    });
    let mut epoch: Epoch = 0;
    loop {
        match groups.try_recv() {
            Ok(mut group) => {
                input.send_batch(&mut group.records);
                epoch += 1;
                input.advance_to(epoch);
                input.flush();
                while probe.less_than(&epoch) {
                    worker.step_or_park(Some(Duration::from_millis(1)));
                }
            }
            Err(TryRecvError::Empty) => {
                worker.step_or_park(Some(WORKER_NAP));
            }
            Err(TryRecvError::Disconnected) => break,
        }
    }
    input.close();
    while !probe.done() {
        worker.step();
    }
}
