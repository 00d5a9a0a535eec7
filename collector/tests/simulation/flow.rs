//! The real dataflow, stepped by hand on this thread.

use std::cell::RefCell;
use std::rc::Rc;

use collector::flow::{self, Epoch, Output, Record};
use timely::WorkerConfig;
use timely::communication::Allocator;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::{InputHandle, ProbeHandle};
use timely::worker::Worker;

/// One worker and its dataflow.
pub struct Flow {
    worker: Worker,
    input: InputHandle<Epoch, CapacityContainerBuilder<Vec<Record>>>,
    probe: ProbeHandle<Epoch>,
    epoch: Epoch,
    outputs: Rc<RefCell<Vec<Output>>>,
}

impl Flow {
    pub fn new(seq_base: u64) -> Self {
        let alone = Allocator::Thread(timely::communication::allocator::thread::Thread::default());
        let mut worker = Worker::new(WorkerConfig::default(), alone, None);
        let mut input = InputHandle::new();
        let probe = ProbeHandle::new();
        let outputs = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&outputs);
        worker.dataflow(|scope| {
            let records = input.to_stream(scope);
            flow::build(scope, records, &probe, seq_base, move |outputs| {
                // What history is told is another test's business.
                sink.borrow_mut().extend(outputs.into_iter().filter(|output| output.told.is_none()));
            });
        });
        Self { worker, input, probe, epoch: 0, outputs }
    }

    /// Gives it a group and returns everything that the group's epoch put out.
    pub fn give(&mut self, mut records: Vec<Record>) -> Vec<Output> {
        if !records.is_empty() {
            self.input.send_batch(&mut records);
            self.epoch += 1;
            self.input.advance_to(self.epoch);
            self.input.flush();
            while self.probe.less_than(&self.epoch) {
                self.worker.step();
            }
        }
        std::mem::take(&mut self.outputs.borrow_mut())
    }
}
