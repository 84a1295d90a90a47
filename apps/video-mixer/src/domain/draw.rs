//! Which of the possible videos are made. Different by construction: ranks are drawn without repetition and each
//! rank is another video. The same clips, settings, count and seed give the same list on every machine.

use std::collections::{HashMap, HashSet};

use num_bigint::BigUint;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

use super::combinations::{Combination, Space, sequential};

/// Up to this many combinations all of them are candidates; beyond, so many are drawn first.
const CANDIDATES_MIN: usize = 256;
const CANDIDATES_PER_VIDEO: usize = 3;
/// Among how many candidates the one is chosen whose clips were used least.
const CANDIDATES_COMPARED: usize = 32;

/// The first `count` steps of the sequential walk, all of them when there are fewer.
pub fn walk(sizes: &[usize], count: usize) -> Vec<Combination> {
    let possible: u128 = sizes.iter().map(|&size| size as u128).product();
    (0..possible.min(count as u128)).map(|n| sequential(sizes, n)).collect()
}

/// `count` different combinations by the seed, all of them when there are fewer. Of several candidates the one is
/// taken whose clips appeared least so far, in the whole and in the same place, so that clips are used about
/// equally and openings differ. This is a habit, not a guarantee.
pub fn draw(space: &Space, count: usize, seed: u64) -> Vec<Combination> {
    let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(seed));
    let mut candidates = space.unrank_all(&dice.distinct_ranks(&space.size(), count));
    let mut usage = Usage::default();
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count && !candidates.is_empty() {
        let compared = candidates.len().saturating_sub(CANDIDATES_COMPARED)..candidates.len();
        let best = compared.min_by_key(|&n| usage.of(&candidates[n])).expect("a candidate is left");
        let chosen = candidates.swap_remove(best);
        usage.add(&chosen);
        drawn.push(chosen);
    }
    drawn
}

/// How often each clip was used, and in which place of the video.
#[derive(Default)]
struct Usage {
    of_clip: HashMap<usize, u32>,
    of_place: HashMap<(usize, usize), u32>,
}

impl Usage {
    fn of(&self, combination: &[usize]) -> u32 {
        let count = |(place, clip): (usize, &usize)| {
            self.of_clip.get(clip).unwrap_or(&0) + self.of_place.get(&(place, *clip)).unwrap_or(&0)
        };
        combination.iter().enumerate().map(count).sum()
    }

    fn add(&mut self, combination: &[usize]) {
        for (place, &clip) in combination.iter().enumerate() {
            *self.of_clip.entry(clip).or_default() += 1;
            *self.of_place.entry((place, clip)).or_default() += 1;
        }
    }
}

/// Only the generator is borrowed: what is made of its bits is written out here, because a library may change
/// how it makes a range or a shuffle, and then an old seed would mean other videos.
struct Dice(Xoshiro256PlusPlus);

impl Dice {
    fn distinct_ranks(&mut self, size: &BigUint, count: usize) -> Vec<BigUint> {
        let wanted = (count * CANDIDATES_PER_VIDEO).max(CANDIDATES_MIN);
        // Rejecting repeats is quick while at least every second number is new; below that, shuffle them all.
        if *size <= BigUint::from(wanted * 2) {
            let mut ranks: Vec<_> =
                (0..u64::try_from(size).expect("checked above")).map(BigUint::from).collect();
            self.shuffle(&mut ranks);
            return ranks;
        }
        let mut seen = HashSet::new();
        let mut ranks = Vec::with_capacity(wanted);
        while ranks.len() < wanted {
            let rank = self.big_below(size);
            if seen.insert(rank.clone()) {
                ranks.push(rank);
            }
        }
        ranks
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let other = self.big_below(&BigUint::from(end + 1));
            items.swap(end, usize::try_from(other).expect("below the length of a slice"));
        }
    }

    /// Uniform below `bound`: as many bits as the bound has, again when they exceed it.
    fn big_below(&mut self, bound: &BigUint) -> BigUint {
        let bits = bound.bits();
        loop {
            let mut words: Vec<u32> = (0..bits.div_ceil(32)).map(|_| self.0.next_u32()).collect();
            if let (Some(top), 1..) = (words.last_mut(), bits % 32) {
                *top &= (1 << (bits % 32)) - 1;
            }
            let number = BigUint::new(words);
            if number < *bound {
                return number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn spaces() -> impl Strategy<Value = Space> {
        let sizes = (1usize..=100, 1usize..=100).prop_map(|(a, b)| (a.max(b), a.min(b)));
        prop_oneof![
            sizes.clone().prop_map(|(of, take)| Space::Arrangements { of, take }),
            sizes.prop_map(|(of, take)| Space::Selections { of, take }),
            (1usize..=5, 1usize..=3).prop_map(|(of, less)| Space::Arrangements { of, take: of.min(less) }),
            proptest::collection::vec(1usize..=6, 1..=6).prop_map(|sizes| Space::Product { sizes }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_draw_is_distinct_complete_and_repeatable(space in spaces(), count in 1usize..=120, seed: u64) {
            let drawn = draw(&space, count, seed);
            let expected = space.size().min(BigUint::from(count));
            prop_assert_eq!(BigUint::from(drawn.len()), expected);
            prop_assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), drawn.len());
            prop_assert_eq!(draw(&space, count, seed), drawn);
        }

        #[test]
        fn a_walk_is_distinct_and_complete(sizes in proptest::collection::vec(1usize..=9, 1..=7), count in 1usize..=1000) {
            let walked = walk(&sizes, count);
            prop_assert_eq!(walked.len(), sizes.iter().product::<usize>().min(count));
            prop_assert_eq!(walked.iter().collect::<BTreeSet<_>>().len(), walked.len());
        }
    }

    #[test]
    fn the_largest_run_is_drawn_from_the_largest_space() {
        let drawn = draw(&Space::Arrangements { of: 100, take: 4 }, 1_000, 7);
        assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 1_000);
    }

    #[test]
    fn another_seed_is_another_draw() {
        let space = Space::Arrangements { of: 8, take: 8 };
        assert_ne!(draw(&space, 10, 1), draw(&space, 10, 2));
    }

    #[test]
    fn a_seed_means_the_same_videos_for_ever() {
        let drawn = draw(&Space::Product { sizes: vec![3, 2, 2] }, 4, 42);
        assert_eq!(drawn, [[0, 3, 6], [1, 4, 5], [2, 4, 6], [1, 3, 5]]);
    }

    #[test]
    fn clips_of_a_group_are_used_about_equally() {
        for seed in 0..20 {
            let mut uses = [0u32; 16];
            for clip in draw(&Space::Product { sizes: vec![6, 6, 4] }, 48, seed).into_iter().flatten() {
                uses[clip] += 1;
            }
            assert!(uses[..12].iter().all(|n| (6..=10).contains(n)), "{uses:?}");
            assert!(uses[12..].iter().all(|n| (10..=14).contains(n)), "{uses:?}");
        }
    }
}
