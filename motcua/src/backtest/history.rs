//! The files of a history, read strictly: a row that cannot be used is an error, because a missing
//! ticket would change what is told of all others.

use std::path::Path;

use anyhow::Context;
use domain::event::Priority;
use domain::{TicketNumber, Timestamp};

use crate::exit::BadInput;
use crate::replay::mapping::{self, Mapped, Staffing, Visit};
use crate::replay::rows::{self, Refusals};

/// Visits and staffing in order of time, whatever the order of rows and files.
#[derive(Debug, Clone)]
pub struct History {
    visits: Vec<Visit>,
    events: Vec<Mapped>,
    staffing: Vec<(domain::SiteId, Timestamp, i32)>,
}

impl History {
    /// Reads ticket files and counters files, plain or gzip. All of one kind are one history.
    ///
    /// # Errors
    /// [`BadInput`] with file and line when a row cannot be used, when a file is none of these, or
    /// when a ticket's name stands there twice with different contents.
    pub fn read(tickets: &[impl AsRef<Path>], counters: &[impl AsRef<Path>]) -> anyhow::Result<Self> {
        let (mut visits, mut staffing) = (Vec::new(), Vec::new());
        for path in tickets {
            visits.extend(read(path.as_ref(), |input, path| rows::visits(input, path, None))?);
        }
        for path in counters {
            staffing.extend(read(path.as_ref(), rows::staffing)?);
        }
        Self::of(visits, staffing)
    }

    /// Of visits and staffing in any order.
    ///
    /// # Errors
    /// [`BadInput`] when there is no visit, or a name stands there twice with different contents.
    pub fn of(mut visits: Vec<Visit>, mut staffing: Vec<Staffing>) -> anyhow::Result<Self> {
        visits.sort_by(|a, b| (a.issued, &a.name).cmp(&(b.issued, &b.name)));
        visits.dedup();
        let mut names: Vec<&str> = visits.iter().map(|visit| &*visit.name).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let name = twice[0];
            return Err(BadInput::because(format!(
                "the ticket {name} stands in the files twice, and not with the same times: each row needs a name of its own"
            ))
            .into());
        }
        if visits.is_empty() {
            return Err(BadInput::because("the files hold no ticket: nothing can be predicted").into());
        }
        for (place, visit) in (1_usize..).zip(&mut visits) {
            // What the citizen read may come twice on a day in foreign files; a ledger wants it once.
            visit.ticket = TicketNumber::new(&place.to_string())?;
            // What a recording's class is called matters to nobody here, that it is one of its own does.
            if visit.class == 1 {
                visit.priority = Priority::Merit;
            }
        }
        staffing.sort_by_key(|row| (row.at, row.site, row.service, row.open_counters));
        staffing.dedup();
        let events = mapping::events_as_told(&visits, &staffing);
        Ok(Self { visits, events, staffing: staffing.iter().map(|row| (row.site, row.at, row.offset_s)).collect() })
    }

    /// Every ticket, in the order in which they were taken (ties by name).
    #[must_use]
    pub fn visits(&self) -> &[Visit] {
        &self.visits
    }

    /// Every event in order. The issues among them are in the order of the visits.
    pub(super) fn events(&self) -> &[Mapped] {
        &self.events
    }

    /// Site, instant and written offset (seconds) of every row, in any order.
    pub(super) fn offsets(&self) -> impl Iterator<Item = (domain::SiteId, Timestamp, i32)> + '_ {
        let visits = self.visits.iter().map(|visit| (visit.site, visit.issued, visit.offset_s));
        visits.chain(self.staffing.iter().copied())
    }
}

fn read<T>(
    path: &Path,
    parse: impl FnOnce(Box<dyn std::io::BufRead>, &Path) -> anyhow::Result<(Vec<T>, Refusals)>,
) -> anyhow::Result<Vec<T>> {
    let (found, refused) =
        parse(rows::open(path)?, path).with_context(|| format!("{} cannot be used", path.display()))?;
    let Some((line, why)) = refused.first.first() else { return Ok(found) };
    let more = if refused.count > 1 { format!(" ({} such rows)", refused.count) } else { String::new() };
    Err(BadInput::because(format!("{}:{line}: {why}{more}: mend or remove the row", path.display())).into())
}
