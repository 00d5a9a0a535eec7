//! Dead letters that only the fold can know: a number issued while it was open, an event whose
//! ticket never came. Their verdict may change while late events come in, so the list follows it.

use std::path::Path;

use domain::Timestamp;
use hashbrown::HashMap;
use journal::Reader;
use mqtt_config::wire::{DeadLetter, KEPT_OF_DEAD_LETTER};

use super::Door;
use crate::flow::{Record, Rejection, SiteIx};
use crate::record::event_payload;
use crate::topology::DEAD_LETTERS_LISTED;

impl Door {
    /// Puts records back that were taken, before those that have come since.
    pub fn give_back(&mut self, mut records: Vec<Record>) {
        records.append(&mut self.records);
        self.records = records;
    }

    /// Lists what the fold refuses, and takes from the lists what it does not refuse after all.
    pub fn list_refused(&mut self, journal: &Path, refused: HashMap<SiteIx, Vec<Rejection>>) {
        let mut wanted: HashMap<u64, (SiteIx, Rejection)> = HashMap::new();
        for (ix, rejections) in refused {
            let Some(site) = self.sites.get_mut(ix as usize) else { continue };
            for rejection in rejections {
                if rejection.holds {
                    site.letters.refused += 1;
                    wanted.insert(rejection.offset, (ix, rejection));
                } else {
                    site.letters.refused = site.letters.refused.saturating_sub(1);
                    site.letters.unlist(rejection.offset);
                    wanted.remove(&rejection.offset);
                }
                site.letters.changed = true;
            }
        }
        wanted.remove(&0);
        // Only the newest are ever shown.
        let mut offsets: Vec<u64> = wanted.keys().copied().collect();
        offsets.sort_unstable();
        let newest = offsets.len().saturating_sub(DEAD_LETTERS_LISTED);
        if let Err(error) = self.read_refused(journal, &offsets[newest..], &wanted) {
            tracing::error!(%error, "Refused events could not be read from the journal.");
        }
    }

    fn read_refused(
        &mut self,
        journal: &Path,
        offsets: &[u64],
        wanted: &HashMap<u64, (SiteIx, Rejection)>,
    ) -> Result<(), journal::Error> {
        let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else { return Ok(()) };
        let mut reader = Reader::open(journal, *first)?;
        while let Some(record) = reader.next_record()? {
            if let Some((ix, rejection)) = wanted.get(&record.offset)
                && let Some(site) = self.sites.get_mut(*ix as usize)
            {
                let payload = event_payload(&record).unwrap_or_default();
                let kept = &payload[..payload.len().min(KEPT_OF_DEAD_LETTER)];
                site.letters.list(DeadLetter {
                    offset: record.offset,
                    rx: Timestamp::from_ms(record.rx_ms),
                    topic: String::from_utf8_lossy(record.topic).into_owned(),
                    reason: rejection.reason,
                    detail: String::new(),
                    payload: String::from_utf8_lossy(kept).into_owned(),
                });
            }
            if record.offset >= *last {
                break;
            }
        }
        Ok(())
    }
}
