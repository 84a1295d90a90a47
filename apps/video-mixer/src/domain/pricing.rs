//! The one price table of the mixer and the only function that reads it. The manifest shows the table, the quote
//! lists its lines and the run is charged their sum, so the three cannot differ.

use serde::Serialize;
use utoipa::ToSchema;

use super::settings::{Bitrate, Duration, FrameRate, GroupMixing, MixerSettings, Resolution};

/// Credits per video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PriceTable {
    pub base: i64,
    pub order_mixing: i64,
    pub random_groups: i64,
    pub resolution_480p: i64,
    pub resolution_720p: i64,
    pub resolution_1080p: i64,
    pub resolution_4k: i64,
    pub high_bitrate: i64,
    pub fps_60: i64,
    pub fixed_duration: i64,
}

pub const PRICES: PriceTable = PriceTable {
    base: 1,
    order_mixing: 1,
    random_groups: 2,
    resolution_480p: 0,
    resolution_720p: 2,
    resolution_1080p: 5,
    resolution_4k: 10,
    high_bitrate: 2,
    fps_60: 3,
    fixed_duration: 1,
};

/// One line of a quote; `label` is the field of [`PriceTable`] it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PriceLine {
    pub label: &'static str,
    pub credits: i64,
}

/// The lines for `count` videos. What costs nothing has no line.
pub fn price_lines(prices: &PriceTable, settings: &MixerSettings, count: u32) -> Vec<PriceLine> {
    let (resolution, for_resolution) = match settings.resolution {
        Resolution::P480 => ("resolution_480p", prices.resolution_480p),
        Resolution::P720 => ("resolution_720p", prices.resolution_720p),
        Resolution::P1080 => ("resolution_1080p", prices.resolution_1080p),
        Resolution::P2160 => ("resolution_4k", prices.resolution_4k),
    };
    let fixed = matches!(settings.duration, Duration::Fixed { .. });
    let applies = [
        ("base", prices.base, true),
        ("order_mixing", prices.order_mixing, settings.mixes_orders()),
        ("random_groups", prices.random_groups, settings.group_mixing == GroupMixing::Random),
        (resolution, for_resolution, true),
        ("high_bitrate", prices.high_bitrate, settings.bitrate == Bitrate::High),
        ("fps_60", prices.fps_60, settings.fps == FrameRate::F60),
        ("fixed_duration", prices.fixed_duration, fixed),
    ];
    applies
        .into_iter()
        .filter(|(_, credits, applies)| *applies && *credits != 0)
        .map(|(label, credits, _)| PriceLine { label, credits: credits * i64::from(count) })
        .collect()
}

pub fn total(lines: &[PriceLine]) -> i64 {
    lines.iter().map(|line| line.credits).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::settings::Distribution;
    use super::super::testing::settings;
    use super::*;

    fn each(settings: &MixerSettings) -> i64 {
        total(&price_lines(&PRICES, settings, 1))
    }

    const FIXED: Duration = Duration::Fixed { seconds: 15, distribution: Distribution::Equal };

    #[test]
    fn every_option_adds_its_own_price() {
        let base = MixerSettings { order_mixing: false, resolution: Resolution::P480, ..Default::default() };
        assert_eq!(each(&base), 1);
        for (settings, expected) in [
            (MixerSettings { order_mixing: true, ..base.clone() }, 2),
            (MixerSettings { group_mixing: GroupMixing::Sequential, ..base.clone() }, 1),
            (MixerSettings { group_mixing: GroupMixing::Random, ..base.clone() }, 3),
            (MixerSettings { resolution: Resolution::P720, ..base.clone() }, 3),
            (MixerSettings { resolution: Resolution::P1080, ..base.clone() }, 6),
            (MixerSettings { resolution: Resolution::P2160, ..base.clone() }, 11),
            (MixerSettings { bitrate: Bitrate::High, ..base.clone() }, 3),
            (MixerSettings { fps: FrameRate::F60, ..base.clone() }, 4),
            (MixerSettings { duration: FIXED, ..base.clone() }, 2),
        ] {
            assert_eq!(each(&settings), expected, "{settings:?}");
        }
        assert_eq!(each(&MixerSettings::default()), 4);
    }

    #[test]
    fn order_mixing_that_groups_overrule_is_not_charged() {
        let settings = MixerSettings { group_mixing: GroupMixing::Sequential, ..Default::default() };
        assert_eq!(price_lines(&PRICES, &settings, 2).len(), 2);
        assert_eq!(total(&price_lines(&PRICES, &settings, 2)), 6);
    }

    proptest! {
        #[test]
        fn no_line_is_negative_and_better_never_costs_less(settings in settings(), count in 1u32..=1_000) {
            let lines = price_lines(&PRICES, &settings, count);
            prop_assert!(lines.iter().all(|line| line.credits > 0));
            prop_assert_eq!(total(&lines), each(&settings) * i64::from(count));
            for better in [
                MixerSettings { resolution: Resolution::P2160, ..settings.clone() },
                MixerSettings { bitrate: Bitrate::High, ..settings.clone() },
                MixerSettings { fps: FrameRate::F60, ..settings.clone() },
                MixerSettings { duration: FIXED, ..settings.clone() },
                MixerSettings { order_mixing: true, ..settings.clone() },
            ] {
                prop_assert!(each(&better) >= each(&settings));
            }
        }
    }
}
