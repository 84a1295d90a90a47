//! The one price table of the mixer and the only function that reads it. The manifest shows the table, the quote
//! lists its lines and the run is charged their sum, so the three cannot differ.

use super::settings::{Bitrate, Duration, FrameRate, GroupMixing, MixerSettings, Resolution};

/// One price per video, and when it applies.
#[derive(Debug, Clone, Copy)]
pub struct Price {
    /// Stable; the web UI translates by it.
    pub id: &'static str,
    pub label: &'static str,
    pub credits: i64,
    applies: fn(&MixerSettings) -> bool,
}

const fn price(
    id: &'static str,
    label: &'static str,
    credits: i64,
    applies: fn(&MixerSettings) -> bool,
) -> Price {
    Price { id, label, credits, applies }
}

pub const PRICES: [Price; 10] = [
    price("base", "Each video", 1, |_| true),
    price("order_mixing", "Order mixing", 1, MixerSettings::mixes_orders),
    price("random_groups", "Random groups", 2, |s| s.group_mixing == GroupMixing::Random),
    price("resolution_480p", "480p", 0, |s| s.resolution == Resolution::P480),
    price("resolution_720p", "720p", 2, |s| s.resolution == Resolution::P720),
    price("resolution_1080p", "1080p", 5, |s| s.resolution == Resolution::P1080),
    price("resolution_4k", "4K", 10, |s| s.resolution == Resolution::P2160),
    price("high_bitrate", "High bitrate", 2, |s| s.bitrate == Bitrate::High),
    price("fps_60", "60 frames per second", 3, |s| s.fps == FrameRate::F60),
    price("fixed_duration", "Fixed duration", 1, |s| matches!(s.duration, Duration::Fixed { .. })),
];

/// The prices these settings cost per video. What is free is not among them.
pub fn prices_of(settings: &MixerSettings) -> impl Iterator<Item = &'static Price> {
    PRICES.iter().filter(|price| price.credits != 0 && (price.applies)(settings))
}

/// Credits per video.
pub fn credits_each(settings: &MixerSettings) -> i64 {
    prices_of(settings).map(|price| price.credits).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::settings::Distribution;
    use super::super::testing::settings;
    use super::*;

    const FIXED: Duration = Duration::Fixed { seconds: 15, distribution: Distribution::Equal };

    #[test]
    fn every_option_adds_its_own_price() {
        let base = MixerSettings { order_mixing: false, resolution: Resolution::P480, ..Default::default() };
        assert_eq!(credits_each(&base), 1);
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
            assert_eq!(credits_each(&settings), expected, "{settings:?}");
        }
        assert_eq!(credits_each(&MixerSettings::default()), 4);
    }

    #[test]
    fn order_mixing_that_groups_overrule_is_not_charged() {
        let settings = MixerSettings { group_mixing: GroupMixing::Sequential, ..Default::default() };
        let ids: Vec<_> = prices_of(&settings).map(|price| price.id).collect();
        assert_eq!(ids, ["base", "resolution_720p"]);
    }

    proptest! {
        #[test]
        fn no_price_is_negative_and_better_never_costs_less(settings in settings()) {
            prop_assert!(prices_of(&settings).all(|price| price.credits > 0));
            for better in [
                MixerSettings { resolution: Resolution::P2160, ..settings.clone() },
                MixerSettings { bitrate: Bitrate::High, ..settings.clone() },
                MixerSettings { fps: FrameRate::F60, ..settings.clone() },
                MixerSettings { duration: FIXED, ..settings.clone() },
                MixerSettings { order_mixing: true, ..settings.clone() },
            ] {
                prop_assert!(credits_each(&better) >= credits_each(&settings));
            }
        }
    }
}
