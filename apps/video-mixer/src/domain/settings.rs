//! What the user can set, with a default for everything, so that `{}` is a complete request and settings saved
//! by an older version keep their meaning when a field is added. Unknown fields are refused: a misspelled
//! setting that is quietly ignored is charged for and not delivered.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CLIPS_MAX;

pub const FIXED_SECONDS_MIN: u32 = 5;
pub const FIXED_SECONDS_MAX: u32 = 600;
const NAME_TEMPLATE_CHARS_MAX: usize = 120;
/// Reads well with groups and without: the names of the clips in their order.
const NAME_TEMPLATE_DEFAULT: &str = "{index}_{clips}";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct MixerSettings {
    /// Any order of the clips instead of the project's own. Group mixing keeps the order of the groups, so
    /// there this has no effect and costs nothing.
    pub order_mixing: bool,
    pub group_mixing: GroupMixing,
    /// How many clips one video holds; all of them when absent. Group mixing takes one per group instead.
    #[garde(custom(clips_per_video_in_range))]
    pub clips_per_video: Option<u32>,
    pub resolution: Resolution,
    pub ratio: Ratio,
    pub fit: Fit,
    #[schema(value_type = u32, example = 30)]
    pub fps: FrameRate,
    pub bitrate: Bitrate,
    pub audio: AudioMode,
    #[garde(dive)]
    pub duration: Duration,
    /// Names of the files, see `naming`.
    #[garde(custom(name_template_in_range))]
    pub name_template: String,
}

impl Default for MixerSettings {
    fn default() -> Self {
        Self {
            order_mixing: true,
            group_mixing: GroupMixing::Off,
            clips_per_video: None,
            resolution: Resolution::P720,
            ratio: Ratio::Portrait9x16,
            fit: Fit::Blur,
            fps: FrameRate::F30,
            bitrate: Bitrate::Medium,
            audio: AudioMode::Keep,
            duration: Duration::Original,
            name_template: NAME_TEMPLATE_DEFAULT.into(),
        }
    }
}

impl MixerSettings {
    /// Whether orders are mixed in effect. Price and plan both ask here, so that nobody pays for a switch that
    /// group mixing overrules.
    pub fn mixes_orders(&self) -> bool {
        self.order_mixing && self.group_mixing == GroupMixing::Off
    }
}

/// One clip from each group, in the order of the groups; clips without a group take no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupMixing {
    Off,
    /// Every group is walked in its own order, one step per video: first with first, second with second, from the
    /// start again at the end of a group. When all groups are back at their start together, the later groups
    /// move on by one, so that every combination comes exactly once. The seed changes nothing.
    Sequential,
    /// Combinations are drawn by the seed, each clip about as often as its neighbours.
    Random,
}

/// The shorter side of the picture, up to 2160 pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Resolution {
    #[serde(rename = "480p")]
    P480,
    #[serde(rename = "720p")]
    P720,
    #[serde(rename = "1080p")]
    P1080,
    #[serde(rename = "4k")]
    P2160,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Ratio {
    #[serde(rename = "9:16")]
    Portrait9x16,
    #[serde(rename = "16:9")]
    Landscape16x9,
    #[serde(rename = "1:1")]
    Square,
    #[serde(rename = "4:5")]
    Portrait4x5,
}

/// What happens to a clip of another shape: black bars, its own blurred picture behind it, or cut edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    Pad,
    Blur,
    Crop,
}

/// Frames per second, as a number in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum FrameRate {
    F24,
    F30,
    F60,
}

impl From<FrameRate> for u32 {
    fn from(rate: FrameRate) -> Self {
        match rate {
            FrameRate::F24 => 24,
            FrameRate::F30 => 30,
            FrameRate::F60 => 60,
        }
    }
}

impl TryFrom<u32> for FrameRate {
    type Error = String;

    fn try_from(fps: u32) -> Result<Self, String> {
        match fps {
            24 => Ok(Self::F24),
            30 => Ok(Self::F30),
            60 => Ok(Self::F60),
            other => Err(format!("fps is {other}; choose 24, 30 or 60")),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bitrate {
    Low,
    Medium,
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AudioMode {
    /// Each clip with its own sound; a clip without any is silent for its length.
    Keep,
    Mute,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum Duration {
    /// Every clip plays whole.
    Original,
    /// Every video has this length, exact to one frame.
    Fixed {
        #[garde(custom(fixed_seconds_in_range))]
        seconds: u32,
        #[serde(default)]
        #[garde(skip)]
        distribution: Distribution,
    },
}

/// How a fixed length is shared out among the clips of a video, see `layout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    #[default]
    Equal,
    Proportional,
}

#[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "the signature garde calls")]
fn clips_per_video_in_range(clips: &Option<u32>, (): &()) -> garde::Result {
    match clips {
        Some(n) if *n < 1 || *n as usize > CLIPS_MAX => Err(garde::Error::new(format!(
            "a video holds between 1 and {CLIPS_MAX} clips; leave it out to use all of them"
        ))),
        _ => Ok(()),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature garde calls")]
fn fixed_seconds_in_range(seconds: &u32, (): &()) -> garde::Result {
    if (FIXED_SECONDS_MIN..=FIXED_SECONDS_MAX).contains(seconds) {
        return Ok(());
    }
    Err(garde::Error::new(format!(
        "a fixed duration is between {FIXED_SECONDS_MIN} and {FIXED_SECONDS_MAX} seconds"
    )))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature garde calls")]
fn name_template_in_range(template: &str, (): &()) -> garde::Result {
    match template.chars().count() {
        0 => Err(garde::Error::new(format!(
            "the name template is empty; the usual one is {NAME_TEMPLATE_DEFAULT}"
        ))),
        n if n > NAME_TEMPLATE_CHARS_MAX => Err(garde::Error::new(format!(
            "the name template is longer than {NAME_TEMPLATE_CHARS_MAX} characters"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: serde_json::Value) -> Result<MixerSettings, serde_json::Error> {
        serde_json::from_value(value)
    }

    #[test]
    fn an_empty_object_is_the_default() {
        let settings = read(json!({})).unwrap();
        assert_eq!(settings, MixerSettings::default());
        settings.validate().unwrap();
    }

    #[test]
    fn settings_survive_a_round_trip_in_their_public_shape() {
        let value = json!({
            "order_mixing": false, "group_mixing": "random", "clips_per_video": 3, "resolution": "4k",
            "ratio": "4:5", "fit": "pad", "fps": 60, "bitrate": "high", "audio": "mute",
            "duration": {"mode": "fixed", "seconds": 15, "distribution": "proportional"},
            "name_template": "{index}"
        });
        assert_eq!(serde_json::to_value(read(value.clone()).unwrap()).unwrap(), value);
    }

    #[test]
    fn a_misspelled_or_impossible_setting_is_refused_by_name() {
        for (value, said) in [
            (json!({"ordermixing": true}), "ordermixing"),
            (json!({"fps": 25}), "choose 24, 30 or 60"),
            (json!({"resolution": "8k"}), "8k"),
            (json!({"duration": {"mode": "fixed", "seconds": 9, "share": "equal"}}), "share"),
        ] {
            let refusal = read(value).unwrap_err().to_string();
            assert!(refusal.contains(said), "{refusal}");
        }
    }

    #[test]
    fn values_out_of_range_are_refused_with_the_range() {
        for (value, field, said) in [
            (json!({"clips_per_video": 0}), "clips_per_video", "between 1 and 100"),
            (json!({"clips_per_video": 101}), "clips_per_video", "between 1 and 100"),
            (json!({"duration": {"mode": "fixed", "seconds": 4}}), "seconds", "between 5 and 600"),
            (json!({"duration": {"mode": "fixed", "seconds": 601}}), "seconds", "between 5 and 600"),
            (json!({"name_template": ""}), "name_template", "empty"),
            (json!({"name_template": "x".repeat(121)}), "name_template", "longer than 120"),
        ] {
            let report = read(value).unwrap().validate().unwrap_err().to_string();
            assert!(report.contains(field) && report.contains(said), "{report}");
        }
    }
}
