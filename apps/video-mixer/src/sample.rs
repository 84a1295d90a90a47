//! The sample project's clips, inside the binary: a new installation has something to mix before any upload.

/// One clip of the sample project and the group it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct SampleClip {
    pub file_name: &'static str,
    pub group: &'static str,
    pub bytes: &'static [u8],
}

/// In project order; groups in order of first appearance.
pub const CLIPS: [SampleClip; 6] = [
    SampleClip {
        file_name: "hook-sore-gerah.mp4",
        group: "Hook",
        bytes: include_bytes!("../sample/hook-sore-gerah.mp4"),
    },
    SampleClip {
        file_name: "hook-jam-tiga-sore.mp4",
        group: "Hook",
        bytes: include_bytes!("../sample/hook-jam-tiga-sore.mp4"),
    },
    SampleClip {
        file_name: "isi-gula-aren.mp4",
        group: "Isi",
        bytes: include_bytes!("../sample/isi-gula-aren.mp4"),
    },
    SampleClip {
        file_name: "isi-manisnya-pas.mp4",
        group: "Isi",
        bytes: include_bytes!("../sample/isi-manisnya-pas.mp4"),
    },
    SampleClip {
        file_name: "ajakan-pesan-sekarang.mp4",
        group: "Ajakan",
        bytes: include_bytes!("../sample/ajakan-pesan-sekarang.mp4"),
    },
    SampleClip {
        file_name: "ajakan-beli-dua.mp4",
        group: "Ajakan",
        bytes: include_bytes!("../sample/ajakan-beli-dua.mp4"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clips_are_small_mp4_files_in_groups_of_two() {
        for clip in CLIPS {
            assert_eq!(&clip.bytes[4..8], b"ftyp", "{}", clip.file_name);
            assert!(clip.bytes.len() <= 250_000, "{} has {} bytes", clip.file_name, clip.bytes.len());
            assert!(clip.file_name.starts_with(&clip.group.to_lowercase()));
            assert_eq!(CLIPS.iter().filter(|other| other.group == clip.group).count(), 2);
        }
    }
}
