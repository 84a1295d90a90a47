//! The shape of ffprobe's JSON. Every field is optional: a hostile file decides what is in it.

use serde::Deserialize;

use crate::facts::{AudioFacts, FrameRate};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    pub streams: Vec<Stream>,
    pub frames: Vec<Frame>,
    packets: Vec<Packet>,
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Format {
    duration: Option<String>,
    start_time: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Packet {
    pts_time: Option<String>,
    duration_time: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Frame {
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub pix_fmt: Option<String>,
    side_data_list: Vec<SideData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SideData {
    rotation: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Disposition {
    attached_pic: u8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tags {
    #[serde(rename = "DURATION")]
    duration: Option<String>,
    rotate: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Stream {
    pub index: u32,
    codec_type: String,
    pub codec_name: String,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub pix_fmt: Option<String>,
    pub color_space: Option<String>,
    pub color_transfer: Option<String>,
    pub color_primaries: Option<String>,
    pub bit_rate: Option<String>,
    pub extradata_size: Option<u64>,
    sample_aspect_ratio: Option<String>,
    r_frame_rate: Option<String>,
    avg_frame_rate: Option<String>,
    duration: Option<String>,
    start_time: Option<String>,
    nb_frames: Option<String>,
    nb_read_packets: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
    disposition: Disposition,
    side_data_list: Vec<SideData>,
    tags: Tags,
}

impl Answer {
    pub fn duration_ms(&self) -> Option<u64> {
        seconds_to_ms(self.format.duration.as_deref())
    }

    /// How long after the earliest stream this one begins.
    pub fn start_us(&self, stream: &Stream) -> u64 {
        let seconds = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
        let apart =
            seconds(&stream.start_time).unwrap_or(0.0) - seconds(&self.format.start_time).unwrap_or(0.0);
        if apart.is_finite() { (apart.clamp(0.0, 1e9) * 1e6).round() as u64 } else { 0 }
    }

    pub fn last_packet_end_ms(&self) -> Option<u64> {
        let end = |packet: &Packet| {
            let start = seconds_to_ms(packet.pts_time.as_deref())?;
            Some(start + seconds_to_ms(packet.duration_time.as_deref()).unwrap_or(0))
        };
        self.packets.iter().filter_map(end).max()
    }

    pub fn stream_of(&self, codec_type: &str) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.codec_type == codec_type)
    }
}

impl Frame {
    pub fn rotation(&self) -> u16 {
        clockwise(&self.side_data_list)
    }
}

impl Stream {
    pub fn is_moving_picture(&self) -> bool {
        self.codec_type == "video" && self.disposition.attached_pic == 0
    }

    pub fn audio_facts(&self) -> Option<AudioFacts> {
        let sample_rate = self.sample_rate.as_deref()?.parse().ok().filter(|rate| *rate > 0)?;
        let channels = self.channels.filter(|channels| *channels > 0)?;
        let is_audio = self.codec_type == "audio";
        is_audio.then(|| AudioFacts {
            stream_index: self.index,
            codec: self.codec_name.clone(),
            sample_rate,
            channels,
        })
    }

    /// The display matrix, else the tag older files carry.
    pub fn rotation(&self) -> u16 {
        match (clockwise(&self.side_data_list), self.tags.rotate.as_deref()) {
            (0, Some(tag)) if self.side_data_list.is_empty() => quarter(tag.parse().unwrap_or(0.0)),
            (turned, _) => turned,
        }
    }

    pub fn sample_aspect_ratio(&self) -> (u32, u32) {
        let parsed = self.sample_aspect_ratio.as_deref().and_then(|text| text.split_once(':'));
        let numbers = parsed.and_then(|(num, den)| Some((num.parse().ok()?, den.parse().ok()?)));
        numbers.filter(|(num, den)| *num > 0 && *den > 0).unwrap_or((1, 1))
    }

    /// The average is the truth for variable rates; the other is ffprobe's guess and may be 90,000.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        rational(self.avg_frame_rate.as_deref()).or_else(|| rational(self.r_frame_rate.as_deref()))
    }

    pub fn frame_count(&self) -> Option<u64> {
        self.nb_frames.as_deref()?.parse().ok().filter(|count| *count > 0)
    }

    pub fn packets_counted(&self) -> u64 {
        self.nb_read_packets.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// The length of the stream itself; Matroska's tag is the time of its end, `start_us` after the first.
    pub fn duration_ms(&self, start_us: u64) -> Option<u64> {
        let until_end = || clock_to_ms(self.tags.duration.as_deref()?);
        let from_start = |end: u64| end.saturating_sub(start_us / 1000);
        seconds_to_ms(self.duration.as_deref()).or_else(|| until_end().map(from_start))
    }
}

fn rational(text: Option<&str>) -> Option<FrameRate> {
    let (num, den) = text?.split_once('/')?;
    let rate = FrameRate { num: num.parse().ok()?, den: den.parse().ok()? };
    (rate.num > 0 && rate.den > 0).then_some(rate)
}

fn seconds_to_ms(text: Option<&str>) -> Option<u64> {
    let seconds: f64 = text?.parse().ok()?;
    // Thirty years is beyond every limit and still safe to calculate with.
    (seconds.is_finite() && seconds > 0.0).then(|| (seconds.min(1e9) * 1000.0).round() as u64)
}

/// Matroska's tag: `00:00:05.033000000`.
fn clock_to_ms(text: &str) -> Option<u64> {
    let mut parts = text.trim().splitn(3, ':');
    let hours: u64 = parts.next()?.parse().ok()?;
    let minutes: u64 = parts.next()?.parse().ok()?;
    let seconds = seconds_to_ms(parts.next())?;
    hours.checked_mul(3_600_000)?.checked_add(minutes.checked_mul(60_000)?)?.checked_add(seconds)
}

/// ffmpeg counts anticlockwise, people clockwise.
fn clockwise(side_data: &[SideData]) -> u16 {
    side_data.iter().find_map(|data| data.rotation).map_or(0, |degrees| quarter(-degrees))
}

fn quarter(degrees: f64) -> u16 {
    if !degrees.is_finite() {
        return 0;
    }
    let turns = ((degrees / 90.0).round() as i64).rem_euclid(4);
    u16::try_from(turns * 90).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_tag_and_seconds_mean_the_same() {
        assert_eq!(clock_to_ms("00:01:05.033000000"), Some(65_033));
        assert_eq!(seconds_to_ms(Some("65.033")), Some(65_033));
        assert_eq!(seconds_to_ms(Some("nan")), None);
    }

    #[test]
    fn rotation_is_told_clockwise_in_quarters() {
        assert_eq!(quarter(90.0), 90);
        assert_eq!(quarter(-90.0), 270);
        assert_eq!(quarter(179.8), 180);
        assert_eq!(quarter(f64::NAN), 0);
    }
}
