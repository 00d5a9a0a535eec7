//! What was refused a moment ago: a broker, or a device that was not acknowledged, says the same
//! again, and it counts once. Another content at the same place is another dead letter.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use super::fingerprint::Words;
use crate::DeviceId;
use crate::event::DeviceKind;

/// As many are remembered a site. A repeat follows within seconds; one that comes after as many
/// others is kept once more, which loses nothing.
const REMEMBERED: usize = 8_192;

/// The messages that a site refused last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(into = "Vec<u64>", from = "Vec<u64>")]
pub struct Refused {
    order: VecDeque<u64>,
    known: HashSet<u64>,
}

impl Refused {
    /// Whether this very message of the device was refused before. `payload`: as much of it as a
    /// dead letter keeps; `len`: the length of all of it, bytes.
    #[must_use]
    pub fn knows(&self, kind: DeviceKind, device: DeviceId, payload: &[u8], len: usize) -> bool {
        self.known.contains(&print(kind, device, payload, len))
    }

    /// Remembers a message that was refused.
    pub fn remember(&mut self, kind: DeviceKind, device: DeviceId, payload: &[u8], len: usize) {
        let print = print(kind, device, payload, len);
        if !self.known.insert(print) {
            return;
        }
        self.order.push_back(print);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl From<Refused> for Vec<u64> {
    fn from(refused: Refused) -> Self {
        refused.order.into()
    }
}

impl From<Vec<u64>> for Refused {
    fn from(order: Vec<u64>) -> Self {
        Self { known: order.iter().copied().collect(), order: order.into() }
    }
}

fn print(kind: DeviceKind, device: DeviceId, payload: &[u8], len: usize) -> u64 {
    let mut words = Words(0);
    (kind, device, payload, len).hash(&mut words);
    words.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_message_of_the_same_device_is_known_until_many_others_came() {
        let device = DeviceId::new("kiosk-1").unwrap();
        let other = DeviceId::new("kiosk-2").unwrap();
        let mut refused = Refused::default();
        refused.remember(DeviceKind::Kiosk, device, b"{", 1);
        refused.remember(DeviceKind::Kiosk, device, b"{", 1);
        assert!(refused.knows(DeviceKind::Kiosk, device, b"{", 1));
        assert!(!refused.knows(DeviceKind::Kiosk, other, b"{", 1));
        assert!(!refused.knows(DeviceKind::Kiosk, device, b"{", 2), "cut from a longer one");
        let kept = Refused::from(Vec::from(refused.clone()));
        assert!(kept.knows(DeviceKind::Kiosk, device, b"{", 1));
        for n in 0..REMEMBERED {
            refused.remember(DeviceKind::Kiosk, device, &n.to_le_bytes(), 8);
        }
        assert!(!refused.knows(DeviceKind::Kiosk, device, b"{", 1));
        assert!(refused.knows(DeviceKind::Kiosk, device, &0_usize.to_le_bytes(), 8));
    }
}
