//! How many frames each clip of a video gets.

use super::CLIP_DURATION_MS_MIN;
use super::settings::{Distribution, Duration};
use crate::error::MixerError;

/// What a clip of the least duration has at 24 frames per second; no clip gets less of a fixed duration, or it
/// would vanish and two different combinations would show the same video.
pub const SHARE_FRAMES_MIN: u32 = (CLIP_DURATION_MS_MIN * 24 / 1_000) as u32;

/// The shortest segment the media engine makes.
pub const PIECE_FRAMES_MIN: u32 = 5;

/// Equal pieces of one clip, played one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    pub frames: u32,
    pub repeat: u32,
}

/// Frames of each clip in one video, from the frames each has. A fixed duration is met to the frame.
pub fn shares(natural: &[u32], duration: Duration, fps: u32) -> Result<Vec<u32>, MixerError> {
    let Duration::Fixed { seconds, distribution } = duration else {
        return Ok(natural.to_vec());
    };
    let total = seconds * fps;
    let clips_max = (total / SHARE_FRAMES_MIN) as usize;
    if natural.len() > clips_max {
        return Err(MixerError::DurationTooShort { seconds, clips: natural.len(), clips_max });
    }
    Ok(match distribution {
        Distribution::Equal => equal(natural, total),
        Distribution::Proportional => proportional(natural, total),
    })
}

/// As equal as the material allows. Enough material: a clip shorter than its share plays whole and the others
/// share the rest. Too little: every clip plays at least whole and the shortest are looped up to a common length.
/// So no clip is ever cut while another has to be looped.
fn equal(natural: &[u32], total: u32) -> Vec<u32> {
    let enough = sum(natural) >= u64::from(total);
    let at = |level: u32, frames: u32| if enough { frames.min(level) } else { frames.max(level) };
    let (mut level, mut too_high) = (0, total + 1);
    while too_high - level > 1 {
        let middle = u32::midpoint(level, too_high);
        let filled: u64 = natural.iter().map(|&frames| u64::from(at(middle, frames))).sum();
        if filled <= u64::from(total) { level = middle } else { too_high = middle }
    }
    let mut shares: Vec<u32> = natural.iter().map(|&frames| at(level, frames)).collect();
    let mut rest = u64::from(total) - sum(&shares);
    for (share, &frames) in shares.iter_mut().zip(natural) {
        // One more for whoever would rise with the level, the earlier clips first.
        if rest > 0 && at(level + 1, frames) > *share {
            *share += 1;
            rest -= 1;
        }
    }
    shares
}

/// In proportion to the clips' own lengths, rounded by largest remainder, with the least share for the shortest.
fn proportional(natural: &[u32], total: u32) -> Vec<u32> {
    let least = u64::from(SHARE_FRAMES_MIN);
    let mut raised = vec![false; natural.len()];
    loop {
        let left = u64::from(total) - least * raised.iter().filter(|&&r| r).count() as u64;
        let weight: u64 = natural.iter().zip(&raised).filter(|(_, r)| !**r).map(|(&f, _)| u64::from(f)).sum();
        let too_small = (0..natural.len())
            .filter(|&n| !raised[n] && left * u64::from(natural[n]) < least * weight)
            .collect::<Vec<_>>();
        if too_small.is_empty() {
            return by_largest_remainder(natural, &raised, left, weight);
        }
        for n in too_small {
            raised[n] = true;
        }
    }
}

fn by_largest_remainder(natural: &[u32], raised: &[bool], left: u64, weight: u64) -> Vec<u32> {
    let mut shares = vec![SHARE_FRAMES_MIN; natural.len()];
    let mut order: Vec<usize> = (0..natural.len()).filter(|&n| !raised[n]).collect();
    for &n in &order {
        shares[n] = (left * u64::from(natural[n]) / weight) as u32;
    }
    let given: u64 = order.iter().map(|&n| u64::from(shares[n])).sum();
    order.sort_by_key(|&n| std::cmp::Reverse(left * u64::from(natural[n]) % weight));
    for &n in order.iter().take((left - given) as usize) {
        shares[n] += 1;
    }
    shares
}

/// A share as pieces of a clip that has `natural` frames: a part of it, or the whole of it as often as it fits
/// and then a part. A last part of a few frames would be a glitch that the engine refuses, so it is evened out
/// with the round before it, or, where a clip has too few frames for two pieces, added to it: the engine then
/// holds the last picture that long.
pub fn pieces(natural: u32, share: u32) -> Vec<Piece> {
    if share <= natural {
        return vec![Piece { frames: share, repeat: 1 }];
    }
    let (mut rounds, rest) = (share / natural, share % natural);
    let mut tail = vec![];
    if rest >= PIECE_FRAMES_MIN {
        tail.push(rest);
    } else if rest > 0 {
        rounds -= 1;
        let half = u32::midpoint(natural, rest);
        if half >= PIECE_FRAMES_MIN {
            tail.extend([natural + rest - half, half]);
        } else {
            tail.push(natural + rest);
        }
    }
    let whole = (rounds > 0).then_some(Piece { frames: natural, repeat: rounds });
    whole.into_iter().chain(tail.into_iter().map(|frames| Piece { frames, repeat: 1 })).collect()
}

fn sum(frames: &[u32]) -> u64 {
    frames.iter().copied().map(u64::from).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_original_duration_leaves_every_clip_whole() {
        assert_eq!(shares(&[90, 60, 75], Duration::Original, 30).unwrap(), [90, 60, 75]);
    }

    #[test]
    fn equal_shares_are_as_equal_as_the_material_allows() {
        for (natural, total, expected) in [
            (vec![300, 300, 300], 300, vec![100, 100, 100]),
            (vec![300, 300, 300], 301, vec![101, 100, 100]),
            (vec![40, 300, 300], 300, vec![40, 130, 130]),
            (vec![40, 300, 300], 640, vec![40, 300, 300]),
            (vec![40, 300, 300], 700, vec![100, 300, 300]),
            (vec![40, 40, 300], 421, vec![61, 60, 300]),
            (vec![10], 150, vec![150]),
        ] {
            assert_eq!(equal(&natural, total), expected, "{natural:?} to {total}");
        }
    }

    #[test]
    fn proportional_shares_keep_the_proportions_but_no_clip_vanishes() {
        for (natural, total, expected) in [
            (vec![100, 200, 300], 300, vec![50, 100, 150]),
            (vec![100, 100, 100], 200, vec![67, 67, 66]),
            (vec![100, 200, 300], 1_200, vec![200, 400, 600]),
            (vec![8, 9_000], 150, vec![6, 144]),
        ] {
            assert_eq!(proportional(&natural, total), expected, "{natural:?} to {total}");
        }
    }

    #[test]
    fn too_many_clips_for_a_short_video_are_refused_with_the_number_that_fits() {
        let five = Duration::Fixed { seconds: 5, distribution: Distribution::Equal };
        let refusal = shares(&[60; 26], five, 30).unwrap_err();
        assert_eq!(refusal, MixerError::DurationTooShort { seconds: 5, clips: 26, clips_max: 25 });
        assert_eq!(shares(&[60; 25], five, 30).unwrap(), [6; 25]);
    }

    #[test]
    fn a_looped_clip_plays_whole_and_then_in_part() {
        let of =
            |natural, share| pieces(natural, share).iter().map(|p| (p.frames, p.repeat)).collect::<Vec<_>>();
        assert_eq!(of(90, 60), [(60, 1)]);
        assert_eq!(of(90, 90), [(90, 1)]);
        assert_eq!(of(90, 100), [(90, 1), (10, 1)]);
        assert_eq!(of(90, 280), [(90, 3), (10, 1)]);
        assert_eq!(of(90, 270), [(90, 3)]);
        assert_eq!(of(90, 182), [(90, 1), (46, 1), (46, 1)]);
        assert_eq!(of(90, 184), [(90, 1), (47, 1), (47, 1)]);
        assert_eq!(of(90, 185), [(90, 2), (5, 1)]);
        assert_eq!(of(6, 20), [(6, 2), (8, 1)]);
        assert_eq!(of(9, 10), [(5, 1), (5, 1)]);
    }

    proptest! {
        #[test]
        fn a_fixed_duration_is_met_to_the_frame(
            natural in proptest::collection::vec(6u32..=20_000, 1..=20),
            seconds in 5u32..=600,
            proportionally: bool,
            fps in prop_oneof![Just(24u32), Just(30), Just(60)],
        ) {
            let distribution = if proportionally { Distribution::Proportional } else { Distribution::Equal };
            let shares = shares(&natural, Duration::Fixed { seconds, distribution }, fps).unwrap();
            prop_assert_eq!(sum(&shares), u64::from(seconds * fps));
            for (&share, &natural) in shares.iter().zip(&natural) {
                prop_assert!(share >= SHARE_FRAMES_MIN);
                let pieces = pieces(natural, share);
                prop_assert_eq!(pieces.iter().map(|p| p.frames * p.repeat).sum::<u32>(), share);
                prop_assert!(pieces.iter().all(|p| p.frames >= PIECE_FRAMES_MIN && p.repeat > 0));
                let held = pieces.iter().map(|p| p.frames.saturating_sub(natural)).max().unwrap();
                prop_assert!(held == 0 || natural < 2 * PIECE_FRAMES_MIN && held < PIECE_FRAMES_MIN);
            }
        }
    }
}
