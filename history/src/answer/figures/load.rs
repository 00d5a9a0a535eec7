//! How much there was to do, and what was done.

use super::super::durations::Durations;
use super::super::shape::{Column, Unit, Value};
use super::super::tally::{Of, Sheet, Tally, decimals};
use super::{column, float};
use crate::Part;
use crate::source::Cells;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::answer) struct Load {
    arrivals: u64,
    called: u64,
    served: u64,
    recalls: u64,
    transfers: u64,
    services: Durations,
    lines: u64,
    waited_ms: i64,
    most: u32,
    longest_ms: u32,
}

const HOUR_MS: f64 = 3_600_000.0;

impl Tally for Load {
    const PARTS: &'static [Part] = &[Part::Tickets, Part::Waits, Part::Services, Part::Queues];
    const COLUMNS: &'static [Column] = &[
        column("arrivals", Unit::Count, "Lấy số", "Arrivals", "numbers taken; nobody takes one at a counter"),
        column("called", Unit::Count, "Đã gọi", "Called", "waits that ended with a call"),
        column(
            "served",
            Unit::Count,
            "Đã phục vụ",
            "Served",
            "services that ended by `finished` or by the counter's next call",
        ),
        column(
            "service_mean_s",
            Unit::Seconds,
            "Phục vụ trung bình",
            "Mean service",
            "mean service time, from `started`, else from the call",
        ),
        column(
            "service_p50_s",
            Unit::Seconds,
            "Phục vụ: trung vị",
            "Median service",
            "half of the services were no longer: nearest rank, whole seconds",
        ),
        column(
            "service_p90_s",
            Unit::Seconds,
            "Phục vụ: 9/10 không quá",
            "Service, p90",
            "nine in ten services were no longer: nearest rank, whole seconds",
        ),
        column(
            "waiting_mean",
            Unit::People,
            "Đang chờ trung bình",
            "Mean waiting",
            "people in line, on average over a centre's hours that were heard and had service hours, or in which somebody waited; n: as many hours",
        ),
        column(
            "waiting_max",
            Unit::People,
            "Đang chờ nhiều nhất",
            "Most waiting",
            "the most that waited at once; where several lines are in a row, the fullest one of them, which the lines together reached or exceeded (not exact)",
        ),
        column(
            "longest_wait_s",
            Unit::Seconds,
            "Đã chờ lâu nhất",
            "Longest in line",
            "the longest that somebody in line had waited at any instant",
        ),
        column("recalls", Unit::Count, "Gọi lại", "Recalls", "calls repeated"),
        column("transfers", Unit::Count, "Chuyển", "Transfers", "tickets moved on from here"),
    ];

    fn take(cells: &Cells<'_>, to: &mut Sheet<'_, Self>) {
        match cells {
            Cells::Tickets { keys, arrivals, recalls, transfers, .. } => {
                for (cell, key) in keys.iter().enumerate() {
                    let Some(tally) = to.flow(*key) else { continue };
                    tally.arrivals += u64::from(arrivals[cell]);
                    tally.recalls += u64::from(recalls[cell]);
                    tally.transfers += u64::from(transfers[cell]);
                }
            }
            Cells::Waits { keys, waits, .. } => {
                let mut end = 0;
                for (cell, key) in keys.iter().enumerate() {
                    let from = end;
                    end = waits.ends[cell] as usize;
                    let Some(tally) = to.flow(*key) else { continue };
                    tally.called += waits.counts[from..end].iter().map(|n| u64::from(*n)).sum::<u64>();
                }
            }
            Cells::Services { keys, served, services } => {
                for (cell, key) in keys.iter().enumerate() {
                    let Some(tally) = to.flow(*key) else { continue };
                    tally.served += u64::from(served[cell]);
                    tally.services.take(services, cell);
                }
            }
            Cells::Queues(queues) => {
                for queue in *queues {
                    let Some(tally) = to.line(queue.hour, &queue.service) else { continue };
                    tally.lines += 1;
                    tally.waited_ms += queue.waited_ms;
                    tally.most = tally.most.max(queue.most);
                    tally.longest_ms = tally.longest_ms.max(queue.longest_ms);
                }
            }
            _ => {}
        }
    }

    fn touched(&self, of: &Of) -> bool {
        let at_counter = self.called + self.served + self.recalls + self.transfers + self.services.n > 0;
        at_counter || (!of.at_counter && (self.arrivals > 0 || self.lines > 0))
    }

    fn values(&mut self, of: &Of) -> Vec<Value> {
        let timed = self.services.n;
        let whole = |s: Option<u32>| of.number(s.map(f64::from), timed);
        let hours = of.heard.hours;
        let [arrivals, mean, most, longest] = if of.at_counter {
            [of.not_of_group(); 4]
        } else {
            let mean = (hours > 0).then(|| decimals(float(self.waited_ms) / (hours as f64 * HOUR_MS)));
            let most = (of.known).then(|| f64::from(self.most));
            let most =
                Value { exact: most.is_some() && (of.one_line || self.most == 0), ..of.number(most, self.lines) };
            let longest = (self.lines > 0).then_some(i64::from(self.longest_ms));
            [of.count(self.arrivals), of.number(mean, hours), most, of.seconds(longest, self.lines)]
        };
        vec![
            arrivals,
            of.count(self.called),
            of.count(self.served),
            of.seconds(self.services.mean_ms(), timed),
            whole(self.services.percentile_s(50)),
            whole(self.services.percentile_s(90)),
            mean,
            most,
            longest,
            of.count(self.recalls),
            of.count(self.transfers),
        ]
    }
}
