//! Small JPEGs of videos and pictures. A video gives its key frame nearest to a tenth of its length: one
//! decoded frame instead of all of them, and rarely the black one at the start.

use std::ffi::OsString;
use std::path::Path;

use crate::control::Control;
use crate::error::MediaError;
use crate::facts::MediaFacts;
use crate::filter::thumbnail_chain;
use crate::media::{Media, publish};
use crate::probe::damaged;
use crate::process::{Lane, Program, Run, file_url, general_args, input_args};
use crate::segment::invalid;

impl Media {
    /// Writes a JPEG whose longer side is at most `max_side`, upright, without metadata. Never enlarges.
    pub async fn thumbnail(
        &self,
        path: &Path,
        facts: &MediaFacts,
        max_side: u32,
        out: &Path,
    ) -> Result<(), MediaError> {
        let work = self.work_dir()?;
        let jpeg = work.file("thumbnail.jpg");
        let seek_ms = facts.duration_ms.filter(|_| facts.video.is_some()).unwrap_or(0) / 10;
        // A broken index can make the seek miss; the first frame is always there.
        for seek_ms in [Some(seek_ms), (seek_ms > 0).then_some(0)].into_iter().flatten() {
            let args = self.thumbnail_args(path, facts, max_side, seek_ms, &jpeg)?;
            let ctl = &Control::default();
            let run = Run { program: Program::Ffmpeg, lane: Lane::Look, args, frames: None, ctl };
            let finished = self.processes().run(run).await?;
            let written = std::fs::metadata(&jpeg).is_ok_and(|meta| meta.len() > 0);
            if written && finished.frames > 0 {
                return publish(&jpeg, out).await;
            }
            if seek_ms == 0 {
                let name = path.file_name().map_or_else(|| "The file".into(), |name| name.to_string_lossy());
                return Err(damaged(&name, path, &finished));
            }
        }
        Err(invalid("a thumbnail needs a file with a picture"))
    }

    fn thumbnail_args(
        &self,
        path: &Path,
        facts: &MediaFacts,
        max_side: u32,
        seek_ms: u64,
        jpeg: &Path,
    ) -> Result<Vec<OsString>, MediaError> {
        let chain = thumbnail_chain(facts, max_side, self.processes().tools().has_zscale)
            .ok_or_else(|| invalid("a thumbnail needs a file with a picture"))?;
        let mut args = general_args(Program::Ffmpeg);
        args.extend(input_args(facts.container.demuxer(), self.pixels_max(facts.container)));
        if facts.video.is_some() {
            args.extend(["-skip_frame", "nokey"].map(OsString::from));
        }
        if seek_ms > 0 {
            let seconds = format!("{}.{:03}", seek_ms / 1000, seek_ms % 1000);
            args.extend(["-noaccurate_seek".into(), "-ss".into(), seconds.into()]);
        }
        let index = facts.video.as_ref().map_or(0, |video| video.stream_index);
        args.extend([OsString::from("-i"), file_url(path)?]);
        args.extend(["-map".into(), format!("0:{index}").into(), "-vf".into(), chain.into()]);
        let encode = ["-frames:v", "1", "-c:v", "mjpeg", "-q:v", "4", "-threads", "1"];
        args.extend(encode.map(OsString::from));
        let clean = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"];
        args.extend(clean.map(OsString::from));
        args.extend(["-f", "image2", "-update", "1"].map(OsString::from));
        args.push(file_url(jpeg)?);
        Ok(args)
    }
}
