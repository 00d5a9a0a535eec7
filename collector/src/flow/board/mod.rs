//! The board operator: puts the parts of an epoch together once the frontier has passed it, and
//! says what changed since it last spoke.

mod lists;
mod site;

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::event::DeadLetterReason;
use domain::{CounterId, SiteId, Timestamp};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Operator;

use self::site::Site;
use super::{Epoch, Part, SiteIx, SiteState, Told};

/// What goes out for one site after an epoch. Texts are JSON, ready to send.
#[derive(Debug, Clone)]
pub struct Output {
    /// The site's number.
    pub ix: SiteIx,
    /// The site.
    pub site: SiteId,
    /// What changed, as a WebSocket message; `None` when nothing did.
    pub delta: Option<Bytes>,
    /// Nothing changed, but the site lives.
    pub alive: Option<Bytes>,
    /// The whole board, when it was asked for and differs from the last one.
    pub board: Option<Bytes>,
    /// Counters whose simple display changed.
    pub displays: Vec<Display>,
    /// The last calls, when there is a new one.
    pub calls: Option<Bytes>,
    /// The outlook, when it is time for one and it differs from the last.
    pub outlook: Option<Bytes>,
    /// Events that the fold refused, or accepted after all.
    pub rejections: Vec<Rejection>,
    /// When a figure next changes by time alone.
    pub next_edge: Option<Timestamp>,
    /// The site's state after this record of the journal, where a snapshot asked for it; nothing
    /// else goes out then.
    pub kept: Option<(u64, Box<SiteState>)>,
    /// What history is told; nothing else goes out then.
    pub told: Option<Box<Told>>,
}

impl Output {
    fn kept(step: &super::Step, offset: u64, state: SiteState) -> Self {
        Self { kept: Some((offset, Box::new(state))), ..Self::of(step) }
    }

    /// What history is told.
    pub(super) fn told(step: &super::Step, told: Told) -> Self {
        Self { told: Some(Box::new(told)), ..Self::of(step) }
    }

    /// Nothing of a site yet.
    fn of(step: &super::Step) -> Self {
        Self {
            ix: step.site,
            site: step.names.config().site,
            delta: None,
            alive: None,
            board: None,
            displays: Vec::new(),
            calls: None,
            outlook: None,
            rejections: Vec::new(),
            next_edge: None,
            kept: None,
            told: None,
        }
    }
}

/// What a simple display over a counter shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Display {
    /// The counter.
    pub counter: CounterId,
    /// At most 256 bytes of JSON.
    pub json: Bytes,
}

/// An event that the fold refuses (`holds`), or does not refuse after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Its record in the journal; 0 where that is not known any more.
    pub offset: u64,
    /// Why.
    pub reason: DeadLetterReason,
    /// Whether it is refused.
    pub holds: bool,
}

/// Outputs are given together, at most as many: after a new connection a country's boards go out.
const TOGETHER: usize = 64;

/// See the module. Boards count their `seq` from `seq_base`. The outputs of an epoch go to `give`
/// together; the stream that is returned is empty and carries the frontier alone.
pub fn board<'scope>(
    parts: StreamVec<'scope, Epoch, Part>,
    seq_base: u64,
    mut give: impl FnMut(Vec<Output>) + 'static,
) -> StreamVec<'scope, Epoch, ()> {
    parts.unary_frontier::<CapacityContainerBuilder<Vec<()>>, _, _, _>(Pipeline, "Board", |_, _| {
        let mut sites: HashMap<SiteIx, Site> = HashMap::new();
        let mut waiting: BTreeMap<Epoch, Vec<Part>> = BTreeMap::new();
        move |(input, frontier), _output| {
            input.for_each_stamp(|cap, batches| {
                // Parts come with the time of their group; a closed input has none and sends nothing.
                let Some(epoch) = cap.least() else { return };
                waiting.entry(*epoch).or_default().extend(batches.flat_map(|batch| batch.drain(..)));
            });
            while let Some(epoch) = waiting.first_entry().filter(|epoch| !frontier.frontier().less_equal(epoch.key())) {
                assemble(&mut sites, epoch.remove(), seq_base, &mut give);
            }
        }
    })
}

/// Gives each site its parts of one epoch. Several steps of one site keep their order; a part
/// belongs to the latest step, because only a step that evaluates has parts, and it is the last of
/// its group.
fn assemble(sites: &mut HashMap<SiteIx, Site>, parts: Vec<Part>, seq_base: u64, give: &mut impl FnMut(Vec<Output>)) {
    let mut evaluated = Vec::new();
    let mut kept = BTreeMap::new();
    for part in &parts {
        if let Part::Step(step) = part {
            let site = sites.entry(step.site).or_insert_with(|| Site::new(seq_base));
            site.take_step(step);
            if let Some((as_of, scope)) = step.evaluate {
                evaluated.push((step, as_of, scope));
            }
            if let Some((offset, ledger)) = &step.keep {
                let state = SiteState::new((**ledger).clone(), site.state());
                kept.insert(step.site, (step, *offset, state));
            }
        }
    }
    for part in &parts {
        let site = match part {
            Part::Step(_) | Part::Judged(..) | Part::Seen(..) => continue,
            Part::State(of, state) => {
                if let Some((.., kept)) = kept.get_mut(of) {
                    kept.add((**state).clone());
                }
                continue;
            }
            Part::Waits(site, _)
            | Part::Load(site, _)
            | Part::Ratings(site, _)
            | Part::Crowd(site, _)
            | Part::Estimates(site, _) => site,
        };
        if let Some(site) = sites.get_mut(site) {
            site.take_part(part);
        }
    }
    let show = |(step, as_of, extent): (&std::rc::Rc<super::Step>, Timestamp, super::Extent)| {
        sites.get_mut(&step.site).map(|site| site.evaluate(step, as_of, extent))
    };
    let told = kept.into_values().map(|(step, offset, state)| Output::kept(step, offset, state));
    // What a snapshot keeps goes out first: what is shown after it was not told yet when it was kept.
    let mut outputs = told.chain(evaluated.into_iter().filter_map(show)).peekable();
    while outputs.peek().is_some() {
        give(outputs.by_ref().take(TOGETHER).collect());
    }
}
