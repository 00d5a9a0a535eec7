//! What cameras and queue together say of the hall.

use domain::Timestamp;
use domain::board::{DeviceRow, WaitingArea, ZoneRow};
use domain::crowd::Standing;
use domain::crowd::matters::{OpenCounter, ZoneFact, unattended, waiting_area, without_tickets};
use domain::event::{CounterStatus, DeviceKind, DeviceState};
use domain::waits::WaitFigures;

use super::Site;
use crate::flow::{Step, WaitsPart};

impl Site {
    /// Looks for what is a matter in the hall; `waits` are those of every service.
    pub(super) fn look_at_hall(&mut self, step: &Step, as_of: Timestamp, waits: &WaitsPart) {
        let config = step.names.config();
        let zones: Vec<ZoneFact> = self.seen_zones().collect();
        let mut matters = unattended(config.crowd, as_of, self.open_counters(step, as_of, waits), &zones);
        let tickets = |figures: &WaitFigures| figures.waiting + figures.called;
        let tickets = waits.services.iter().map(|(_, figures)| tickets(figures)).sum();
        matters.extend(without_tickets(config.crowd, as_of, tickets, &zones, &config.zones));
        self.matters = matters;
    }

    /// The zones as they are to be shown: of a camera that has lost the broker nothing is known,
    /// whatever it said last.
    pub(super) fn seen_zones(&self) -> impl Iterator<Item = ZoneFact> + '_ {
        let zones = self.zones.iter().flat_map(|zones| zones.iter());
        zones.map(|zone| {
            if is_away(&self.devices, &zone.row) {
                let row = ZoneRow { level: None, motion: None, people: None, ..zone.row.clone() };
                return ZoneFact { row, standing: Standing::default() };
            }
            zone.clone()
        })
    }

    /// How full the waiting area is as a whole.
    pub(super) fn waiting_area(&self, step: &Step) -> WaitingArea {
        waiting_area(&self.seen_zones().collect::<Vec<_>>(), &step.names.config().zones)
    }

    /// Open counters for which somebody waits.
    fn open_counters<'a>(
        &'a self,
        step: &'a Step,
        as_of: Timestamp,
        waits: &'a WaitsPart,
    ) -> impl Iterator<Item = OpenCounter> + 'a {
        let counters = self.named.counters.iter().copied().zip(&self.counters);
        let open = counters.filter(|(_, now)| now.status == CounterStatus::Open);
        open.filter_map(move |(counter, now)| {
            let longest = waits.services.iter().filter_map(|(ix, figures)| {
                let service = *self.named.services.get(usize::from(*ix))?;
                figures.longest_wait_s.filter(|_| step.names.serves(counter, now, service))
            });
            let waiting_since = as_of.plus(-longest.map(|wait| wait.ms()).max()?);
            Some(OpenCounter { counter, since: now.since?, waiting_since })
        })
    }
}

/// Whether a zone's own camera is known to be away. One that another device speaks for has no row.
fn is_away(devices: &[DeviceRow], zone: &ZoneRow) -> bool {
    let of_camera = |row: &&DeviceRow| row.kind == DeviceKind::Camera && row.device.as_str() == zone.camera.as_str();
    let state = devices.iter().find(of_camera).and_then(|row| row.state);
    matches!(state, Some(DeviceState::Lost | DeviceState::Disconnected))
}
