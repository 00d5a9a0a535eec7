//! Random numbers from a seed: the same seed gives the same run.

/// SplitMix64: small, and good enough to shuffle with.
#[derive(Debug, Clone)]
pub struct Seed(u64);

impl Seed {
    /// Begins from a number that the test prints.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 128 bits.
    pub const fn bits128(&mut self) -> u128 {
        let high = self.bits();
        ((high as u128) << 64) | self.bits() as u128
    }

    /// A number from 0 up to, not including, `bound` (which is not 0).
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let (mut one, mut other) = (Seed::new(7), Seed::new(7));
        assert_eq!([one.bits(), one.below(10)], [other.bits(), other.below(10)]);
        assert_ne!(Seed::new(7).bits128(), Seed::new(8).bits128());
        assert!((0..1_000).all(|_| one.below(3) < 3));
    }
}
