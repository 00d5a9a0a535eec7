//! Random numbers from a seed: the same seed gives the same day.

/// SplitMix64: small, and good enough to choose faults with.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `from` up to, not including, `to`.
    pub const fn between(&mut self, from: i64, to: i64) -> i64 {
        from + (self.bits() % (to - from) as u64) as i64
    }

    /// An index below `len`, which is not 0.
    pub const fn index(&mut self, len: usize) -> usize {
        (self.bits() % len as u64) as usize
    }

    /// True in so many of a hundred cases.
    pub const fn percent(&mut self, chance: u64) -> bool {
        self.bits() % 100 < chance
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.index(of.len())]
    }

    /// A generator of its own, which no later change of this one's use disturbs.
    pub const fn split(&mut self) -> Self {
        Self(self.bits())
    }
}

/// FNV-1a over everything that happened: two runs of one seed must agree in every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace(pub u64);

impl Trace {
    pub const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    pub fn number(&mut self, number: i64) {
        self.add(&number.to_le_bytes());
    }
}
