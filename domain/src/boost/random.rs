//! Draws from a seed: SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number
//! generators", OOPSLA 2014).

/// A row of draws. The same seed gives the same ones for ever.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    pub(super) const fn of(seed: u64) -> Self {
        Self { state: seed }
    }

    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of 0 to `bound - 1`. (Multiply and shift: uneven by less than `bound` in 2^32.)
    pub(super) const fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * bound as u64) >> 32) as u32
    }

    /// Draws `wanted` of `all` without replacement into `drawn`, the others into `left`, both in the
    /// order in which they came (Knuth, *The Art of Computer Programming* 2, algorithm 3.4.2 S).
    pub(super) fn part(&mut self, all: &[u32], wanted: usize, drawn: &mut Vec<u32>, left: &mut Vec<u32>) {
        drawn.clear();
        left.clear();
        let mut wanted = wanted.min(all.len()) as u32;
        for (i, &one) in all.iter().enumerate() {
            let remaining = (all.len() - i) as u32;
            if self.below(remaining) < wanted {
                wanted -= 1;
                drawn.push(one);
            } else {
                left.push(one);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_of_the_size_asked_for_and_every_one_has_the_same_chance() {
        let all: Vec<u32> = (0..20).collect();
        let (mut drawn, mut left, mut times) = (Vec::new(), Vec::new(), [0_u32; 20]);
        let mut random = Random::of(7);
        for _ in 0..4000 {
            random.part(&all, 5, &mut drawn, &mut left);
            assert_eq!((drawn.len(), left.len()), (5, 15));
            assert!(drawn.is_sorted() && left.is_sorted());
            for &one in &drawn {
                times[one as usize] += 1;
            }
        }
        assert!(times.iter().all(|t| (850..1150).contains(t)), "{times:?}");
    }
}
