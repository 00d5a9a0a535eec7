//! Which pictures are good enough to be looked at.

/// Pictures without a fault that stand in for a first key picture, for streams that refresh bit by
/// bit and never send one.
const CLEAN_START: u32 = 60;
/// Pictures of another size in a row after which it is the stream's size.
const NEW_SIZE: u32 = 15;
const NEW_SIZE_OF_KEYS: u32 = 2;

/// What is known of a decoded picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// It stands for itself alone.
    pub(super) key: bool,
    /// The decoder found no fault in it.
    pub(super) clean: bool,
    /// Width and height.
    pub(super) size: (u32, u32),
}

/// Lets pictures through: none before the first key picture, none from a fault to the next key
/// picture (the fault smears through all in between), none of another size than the stream's until
/// that is its size for good.
#[derive(Debug)]
pub(super) struct Gate {
    state: State,
    size: Option<(u32, u32)>,
    other: Option<((u32, u32), u32)>,
    new_size: u32,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Nothing good came yet; so many clean ones in a row.
    Start(u32),
    Good,
    /// A fault came.
    Smeared,
}

impl Gate {
    pub(super) fn new(keys_only: bool) -> Self {
        let new_size = if keys_only { NEW_SIZE_OF_KEYS } else { NEW_SIZE };
        Self { state: State::Start(0), size: None, other: None, new_size }
    }

    /// Something could not be decoded at all.
    pub(super) fn fault(&mut self) {
        self.state = match self.state {
            State::Start(_) => State::Start(0),
            State::Good | State::Smeared => State::Smeared,
        };
    }

    /// Whether this picture may be looked at.
    pub(super) fn lets(&mut self, picture: Facts) -> bool {
        if !picture.clean {
            self.fault();
            return false;
        }
        self.state = match self.state {
            _ if picture.key => State::Good,
            State::Start(clean) if clean + 1 >= CLEAN_START => State::Good,
            State::Start(clean) => State::Start(clean + 1),
            state => state,
        };
        matches!(self.state, State::Good) && self.is_of_size(picture.size)
    }

    fn is_of_size(&mut self, size: (u32, u32)) -> bool {
        if *self.size.get_or_insert(size) == size {
            self.other = None;
            return true;
        }
        let before = self.other.filter(|(other, _)| *other == size).map_or(0, |(_, times)| times);
        self.other = Some((size, before + 1));
        if before + 1 < self.new_size {
            return false;
        }
        self.size = Some(size);
        self.other = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Facts = Facts { key: true, clean: true, size: (320, 240) };
    const NEXT: Facts = Facts { key: false, ..KEY };
    const FAULTY: Facts = Facts { clean: false, ..KEY };

    #[test]
    fn nothing_passes_before_a_key_picture_nor_from_a_fault_to_the_next() {
        let mut gate = Gate::new(false);
        let told = [NEXT, NEXT, KEY, NEXT, FAULTY, NEXT, NEXT, KEY, NEXT].map(|picture| gate.lets(picture));
        assert_eq!(told, [false, false, true, true, false, false, false, true, true]);
        gate.fault();
        assert!(!gate.lets(NEXT));
        assert!(gate.lets(KEY));
    }

    #[test]
    fn a_stream_without_key_pictures_begins_after_a_while_without_faults() {
        let mut gate = Gate::new(false);
        assert_eq!((0..30).filter(|_| gate.lets(NEXT)).count(), 0);
        gate.fault();
        assert_eq!((0..59).filter(|_| gate.lets(NEXT)).count(), 0);
        assert!(gate.lets(NEXT));
        gate.fault();
        assert_eq!((0..600).filter(|_| gate.lets(NEXT)).count(), 0, "a smear does not heal by itself");
    }

    #[test]
    fn another_size_is_taken_when_it_stays() {
        let mut gate = Gate::new(false);
        let other = Facts { size: (640, 480), ..KEY };
        assert!(gate.lets(KEY));
        assert_eq!((0..14).filter(|_| gate.lets(other)).count(), 0);
        assert!(gate.lets(NEXT), "it was a hiccup");
        assert_eq!((0..14).filter(|_| gate.lets(other)).count(), 0);
        assert!(gate.lets(other), "it stays");
        assert!(!gate.lets(KEY));
    }
}
