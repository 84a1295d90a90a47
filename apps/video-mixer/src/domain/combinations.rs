//! The set of all different videos some clips can make: its exact size, and its members by number.
//!
//! The set is never listed, for a hundred clips in any order number more than 10^157. A member is computed from
//! its rank instead (factorial number system, combinadics, mixed radix), so drawing means drawing numbers.

use num_bigint::BigUint;

/// Places in the list of selected clips, in the order of the video.
pub type Combination = Vec<usize>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Space {
    /// `take` of `of` clips in any order.
    Arrangements { of: usize, take: usize },
    /// `take` of `of` clips in their own order.
    Selections { of: usize, take: usize },
    /// One clip from each group, in the order of the groups. The groups lie one after another in the list.
    Product { sizes: Vec<usize> },
}

impl Space {
    /// How many different videos exist.
    pub fn size(&self) -> BigUint {
        match self {
            Self::Arrangements { of, take } => (of - take + 1..=*of).map(BigUint::from).product(),
            Self::Selections { of, take } => BigUint::from(binomials(*of)[*of][*take]),
            Self::Product { sizes } => sizes.iter().map(|&size| BigUint::from(size)).product(),
        }
    }

    /// The members with these ranks, each below [`Space::size`]; different ranks give different members.
    pub fn unrank_all(&self, ranks: &[BigUint]) -> Vec<Combination> {
        match self {
            Self::Arrangements { of, take } => {
                ranks.iter().map(|r| arrangement(*of, *take, r.clone())).collect()
            }
            Self::Selections { of, take } => {
                let choose = binomials(*of);
                ranks.iter().map(|rank| selection(&choose, *of, *take, small(rank))).collect()
            }
            Self::Product { sizes } => ranks.iter().map(|rank| product(sizes, small(rank))).collect(),
        }
    }
}

/// Step `n` of a walk through all groups at once, the `n`-th member of [`Space::Product`] in that order.
///
/// The first group takes clip `n mod a`. Each further group of size `b` is walked the same way, and moves on by
/// one each time it has come back together with the groups before it (after `lcm(p, b)` steps, `p` being the
/// product of their sizes). For `n = q * lcm + r` the pair is `(r mod p, (r + q) mod b)`: `r` reaches exactly
/// the pairs that agree modulo the common divisor, each `q` below that divisor another class of them, so all
/// `p * b` pairs come exactly once.
pub fn sequential(sizes: &[usize], n: u128) -> Combination {
    let mut place = vec![0; sizes.len()];
    let mut product: u128 = sizes.iter().map(|&size| size as u128).product();
    let mut step = n % product;
    for group in (0..sizes.len()).rev() {
        let size = sizes[group] as u128;
        product /= size;
        let turns = step / lcm(product, size);
        place[group] = ((step + turns) % size) as usize;
        step %= product;
    }
    with_offsets(sizes, &place)
}

fn lcm(a: u128, b: u128) -> u128 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

fn arrangement(of: usize, take: usize, mut rank: BigUint) -> Combination {
    let mut left: Vec<usize> = (0..of).collect();
    (0..take)
        .map(|_| {
            let radix = BigUint::from(left.len());
            let digit = small(&(&rank % &radix)) as usize;
            rank /= radix;
            left.remove(digit)
        })
        .collect()
}

fn selection(choose: &[Vec<u128>], of: usize, mut take: usize, mut rank: u128) -> Combination {
    let mut chosen = Vec::with_capacity(take);
    for clip in 0..of {
        if take == 0 {
            break;
        }
        let with_this_one = choose[of - clip - 1][take - 1];
        if rank < with_this_one {
            chosen.push(clip);
            take -= 1;
        } else {
            rank -= with_this_one;
        }
    }
    chosen
}

fn product(sizes: &[usize], mut rank: u128) -> Combination {
    let mut place = vec![0; sizes.len()];
    for (place, &size) in place.iter_mut().zip(sizes).rev() {
        *place = (rank % size as u128) as usize;
        rank /= size as u128;
    }
    with_offsets(sizes, &place)
}

fn with_offsets(sizes: &[usize], place: &[usize]) -> Combination {
    let starts = sizes.iter().scan(0, |start, size| {
        let this = *start;
        *start += size;
        Some(this)
    });
    starts.zip(place).map(|(start, place)| start + place).collect()
}

/// Pascal's triangle down to row `of`. 128 bits hold it: the largest entry for 100 clips is about 2^97. Products
/// of groups stay smaller still (100 clips in groups make at most 4 * 3^32 combinations).
fn binomials(of: usize) -> Vec<Vec<u128>> {
    let mut rows: Vec<Vec<u128>> = vec![vec![1]];
    for n in 1..=of {
        let above = &rows[n - 1];
        let inner = above.windows(2).map(|pair| pair[0] + pair[1]);
        rows.push(std::iter::once(1).chain(inner).chain(std::iter::once(1)).collect());
    }
    // A row is read one past its end where the rest of the clips cannot fill the video.
    rows.into_iter()
        .map(|mut row| {
            row.resize(of + 1, 0);
            row
        })
        .collect()
}

fn small(number: &BigUint) -> u128 {
    u128::try_from(number).expect("numbers of selections and of group products fit 128 bits, see binomials()")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all(space: &Space) -> Vec<Combination> {
        let size = small(&space.size());
        space.unrank_all(&(0..size).map(BigUint::from).collect::<Vec<_>>())
    }

    /// Every list of `take` places below `of`, the slow and obvious way.
    fn brute(of: usize, take: usize) -> Vec<Combination> {
        (0..take).fold(vec![vec![]], |lists, _| {
            lists.iter().flat_map(|list| (0..of).map(move |n| [list.as_slice(), &[n]].concat())).collect()
        })
    }

    fn without_repeats(list: &Combination) -> bool {
        list.iter().collect::<BTreeSet<_>>().len() == list.len()
    }

    #[test]
    fn arrangements_and_selections_are_exactly_those_counted_by_hand() {
        for of in 1..=5 {
            for take in 1..=of {
                let any_order: BTreeSet<_> = brute(of, take).into_iter().filter(without_repeats).collect();
                let members = all(&Space::Arrangements { of, take });
                assert_eq!(members.len(), any_order.len());
                assert_eq!(members.into_iter().collect::<BTreeSet<_>>(), any_order);

                let own_order: BTreeSet<_> = any_order.into_iter().filter(|list| list.is_sorted()).collect();
                let members = all(&Space::Selections { of, take });
                assert_eq!(members.len(), own_order.len());
                assert_eq!(members.into_iter().collect::<BTreeSet<_>>(), own_order);
            }
        }
    }

    #[test]
    fn products_take_one_of_each_group() {
        let space = Space::Product { sizes: vec![2, 1, 3] };
        let expected: BTreeSet<_> = (0..2).flat_map(|a| (3..6).map(move |c| vec![a, 2, c])).collect();
        let members = all(&space);
        assert_eq!(members.len(), 6);
        assert_eq!(members.into_iter().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn the_sequential_walk_goes_step_by_step_and_meets_every_combination_once() {
        let start: Vec<_> = (0..4).map(|n| sequential(&[3, 2], n)).collect();
        assert_eq!(start, [vec![0, 3], vec![1, 4], vec![2, 3], vec![0, 4]]);
        for sizes in
            [vec![1], vec![4], vec![2, 2], vec![3, 3, 3], vec![2, 4, 6], vec![4, 2, 3, 2], vec![5, 1, 5]]
        {
            let size: usize = sizes.iter().product();
            let walk: BTreeSet<_> = (0..size).map(|n| sequential(&sizes, n as u128)).collect();
            assert_eq!(walk.len(), size, "{sizes:?}");
            assert_eq!(walk, all(&Space::Product { sizes }).into_iter().collect::<BTreeSet<_>>());
        }
    }

    #[test]
    fn a_hundred_clips_are_counted_exactly() {
        let orders = Space::Arrangements { of: 100, take: 100 }.size().to_string();
        assert_eq!(orders.len(), 158);
        assert!(orders.starts_with("93326215443944152681"));
        let halves = Space::Selections { of: 100, take: 50 }.size().to_string();
        assert_eq!(halves, "100891344545564193334812497256");
        let groups = [vec![3; 32], vec![4]].concat();
        assert_eq!(Space::Product { sizes: groups }.size().to_string(), "7412080755407364");
    }

    #[test]
    fn the_last_rank_of_a_huge_space_is_a_member() {
        let space = Space::Arrangements { of: 100, take: 100 };
        let last = &space.unrank_all(&[space.size() - 1u32])[0];
        assert!(without_repeats(last) && last.len() == 100);
        let space = Space::Selections { of: 100, take: 50 };
        let last = &space.unrank_all(&[space.size() - 1u32])[0];
        assert_eq!(*last, (50..100).collect::<Vec<_>>());
    }
}
