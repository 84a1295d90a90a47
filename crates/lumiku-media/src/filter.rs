//! The filter graph of a segment. Everything is decided here from the facts, in numbers, so that ffmpeg has
//! nothing left to negotiate: it hands over exactly F frames of one size, format, rate and colour.

use crate::facts::{MediaFacts, VideoFacts};
use crate::segment::{Fit, SegmentSpec};
use crate::target::AUDIO_RATE;

/// The frames a source may lack at its end (containers round durations) before that counts as damage.
pub(crate) const CLONE_SECONDS_MAX: f64 = 0.5;

/// The graph with output `[v]`, and `[a]` when the segment carries sound of its source.
pub(crate) fn graph(spec: &SegmentSpec, video: &VideoFacts, has_zscale: bool) -> String {
    let mut graph = video_chain(spec, video, has_zscale);
    if let Some(audio) = carried_audio(spec) {
        graph.push(';');
        graph.push_str(&audio_chain(spec, audio));
    }
    graph
}

/// Index of the stream whose sound the segment carries; None means silence, which needs no ffmpeg.
pub(crate) fn carried_audio(spec: &SegmentSpec) -> Option<u32> {
    spec.facts.audio.as_ref().filter(|_| !spec.mute).map(|audio| audio.stream_index)
}

fn video_chain(spec: &SegmentSpec, video: &VideoFacts, has_zscale: bool) -> String {
    let (fps, frames) = (spec.target.fps.get(), spec.frames);
    let index = video.stream_index;
    // Rate before anything else: frames that are not needed are never scaled. Time 0 is where the input
    // was sought to, for picture and sound alike, so their distance stays what it was.
    let retime = match spec.speed.hundredths() {
        100 => "setpts=PTS".to_owned(),
        speed => format!("setpts=PTS*100/{speed}"),
    };
    let picture = picture_chain(spec, video, has_zscale);
    format!(
        "[0:{index}]{retime},fps={fps}:start_time=0,{picture},setsar=1,format=yuv420p,\
         tpad=stop_mode=clone:stop_duration={CLONE_SECONDS_MAX},trim=end_frame={frames},setpts=N/{fps}/TB[v]"
    )
}

fn picture_chain(spec: &SegmentSpec, video: &VideoFacts, has_zscale: bool) -> String {
    let (w, h) = (spec.target.width, spec.target.height);
    let cover = spec.fit == Fit::Crop;
    let (fw, fh) = fitted(video, w, h, cover);
    let scale = scale_chain(video, fw, fh, has_zscale);
    if (fw, fh) == (w, h) {
        return scale;
    }
    match spec.fit {
        Fit::Crop => format!("{scale},crop={w}:{h}"),
        Fit::Pad => format!("{scale},pad={w}:{h}:(ow-iw)/2:(oh-ih)/2:black"),
        Fit::Blur => {
            // Blurred at an eighth of the size: a quarter of the cost, and nobody can see the difference.
            let (bw, bh) = ((w / 8).next_multiple_of(2), (h / 8).next_multiple_of(2));
            let (cw, ch) = fitted(video, bw, bh, true);
            format!(
                "{scale},setsar=1,format=yuv420p,split[fit1][fit2];\
                 [fit1]scale={cw}:{ch}:flags=area,crop={bw}:{bh},gblur=sigma=3,scale={w}:{h}:flags=bicubic[back];\
                 [fit2]null[front];[back][front]overlay=(W-w)/2:(H-h)/2"
            )
        }
    }
}

/// Scales to `width x height`, into BT.709 limited range; HDR is tone-mapped after it got small.
fn scale_chain(video: &VideoFacts, width: u32, height: u32, has_zscale: bool) -> String {
    if video.hdr && has_zscale {
        let transfer = video.color_transfer.as_deref().unwrap_or("arib-std-b67");
        return format!(
            "zscale=w={width}:h={height}:tin={transfer}:min=bt2020nc:pin=bt2020:t=linear:npl=203,\
             format=gbrpf32le,tonemap=hable:desat=0,zscale=p=bt709:t=bt709:m=bt709:r=tv,format=yuv420p"
        );
    }
    let matrix = input_matrix(video);
    format!("scale={width}:{height}:flags=bicubic:{matrix}out_color_matrix=bt709:out_range=tv")
}

/// Untagged files are read as players read them: BT.709 from 720 lines up, BT.601 below.
fn input_matrix(video: &VideoFacts) -> &'static str {
    match video.color_matrix.as_deref() {
        None if video.coded_width.min(video.coded_height) >= 720 => "in_color_matrix=bt709:",
        None => "in_color_matrix=smpte170m:",
        Some(_) => "",
    }
}

/// The displayed size scaled to lie inside the frame, or to cover it; even, and never zero.
fn fitted(video: &VideoFacts, width: u32, height: u32, cover: bool) -> (u32, u32) {
    let (w, h) = (u64::from(width), u64::from(height));
    let (sw, sh) = (u64::from(video.width.max(1)), u64::from(video.height.max(1)));
    let by_width = (sw * h <= sh * w) == cover;
    let even = |numerator: u64, denominator: u64, limit: u64| {
        let near = ((numerator + denominator) / (2 * denominator) * 2).max(2);
        let bounded = if cover { near.max(limit) } else { near.min(limit) };
        u32::try_from(bounded).unwrap_or(u32::MAX)
    };
    if by_width { (width, even(sh * w, sw, h)) } else { (even(sw * h, sh, w), height) }
}

fn audio_chain(spec: &SegmentSpec, index: u32) -> String {
    let samples = spec.frames * spec.target.fps.samples_per_frame();
    // Resampled to the common clock, gaps filled, a late start padded; then cut or padded to the sample.
    let tempo = match spec.speed.hundredths() {
        100 => String::new(),
        speed => format!("atempo={}.{:02},", speed / 100, speed % 100),
    };
    format!(
        "[0:{index}]aresample={AUDIO_RATE}:async=1:first_pts=0,{tempo}\
         aformat=sample_fmts=s16:channel_layouts=stereo,apad,atrim=end_sample={samples}[a]"
    )
}

/// How much of the source has to be read: the segment, plus a second for rounding and reordering.
pub(crate) fn input_seconds(spec: &SegmentSpec) -> f64 {
    let seconds = spec.frames as f64 / f64::from(spec.target.fps.get());
    seconds * f64::from(spec.speed.hundredths()) / 100.0 + 1.0
}

/// The frames the source has, at the speed and rate of the order.
pub(crate) fn frames_available(spec: &SegmentSpec, facts: &MediaFacts) -> u64 {
    SegmentSpec::frames_available(facts, spec.trim_in_ms, spec.speed, spec.target.fps)
}

/// Upright, within `max_side`, as JPEG wants it (full range, BT.601). None when there is no picture.
pub(crate) fn thumbnail_chain(facts: &MediaFacts, max_side: u32, has_zscale: bool) -> Option<String> {
    let (width, height) = facts.dimensions()?;
    let longest = width.max(height);
    let side = |px: u32| {
        let scaled = u64::from(px) * u64::from(max_side.min(longest)) / u64::from(longest);
        u32::try_from(scaled).unwrap_or(max_side).max(2) / 2 * 2
    };
    let (w, h) = (side(width), side(height));
    let to_jpeg = "out_color_matrix=smpte170m:out_range=pc,setsar=1,format=yuvj420p";
    Some(match &facts.video {
        Some(video) => {
            let scaled = scale_chain(video, w, h, has_zscale);
            format!("{scaled},format=yuv420p,scale=in_color_matrix=bt709:in_range=tv:{to_jpeg}")
        }
        None => format!("scale={w}:{h}:flags=bicubic:{to_jpeg}"),
    })
}
