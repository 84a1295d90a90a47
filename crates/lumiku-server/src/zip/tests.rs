use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const GIB: u64 = 1 << 30;

fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(12)
}

/// The bytes of a range, with the objects' contents filled in.
fn read(layout: &Layout, contents: &[Vec<u8>], range: Range<u64>) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in layout.spans_for(range) {
        match piece {
            Piece::Bytes(bytes) => out.extend_from_slice(&bytes),
            Piece::Object { entry, range } => {
                out.extend_from_slice(&contents[entry][range.start as usize..range.end as usize]);
            }
        }
    }
    out
}

fn object(name: &str, content: &[u8]) -> Entry {
    Entry::object(name, content.len() as u64, crc32fast::hash(content), noon())
}

/// Runs a program that must succeed and returns what it printed.
#[expect(clippy::disallowed_methods, reason = "the judges of the archive are other people's programs")]
fn run(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = std::process::Command::new(program)
        .args(arguments)
        .arg(file)
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed by this test, see script/setup: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

const PYTHON_TEST: &str = "import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for info in archive.infolist():
        print(info.filename, info.file_size, info.date_time)";

const PYTHON_LIST: &str = "import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    infos = archive.infolist()
    print(len(infos), infos[0].file_size, infos[-1].filename, archive.read(infos[-1]).decode())";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_range_of_the_archive_is_that_slice_of_the_whole(
        contents in vec(vec(any::<u8>(), 0..200), 0..12),
        inline in vec(any::<bool>(), 12),
        cut in (0.0..1.0_f64, 0.0..1.2_f64),
    ) {
        let entries = contents.iter().zip(&inline).map(|(content, inline)| {
            if *inline { Entry::inline("same.bin", content.clone(), noon()) } else { object("same.bin", content) }
        });
        let layout = Layout::new(&entries.collect::<Vec<_>>());
        let whole = read(&layout, &contents, 0..layout.len());
        prop_assert_eq!(whole.len() as u64, layout.len());

        let at = |share: f64| (layout.len() as f64 * share) as u64;
        let (from, to) = (at(cut.0), at(cut.1).max(at(cut.0)));

        let part = read(&layout, &contents, from..to);

        let to = to.min(layout.len());
        prop_assert_eq!(&part[..], &whole[from as usize..to as usize]);
    }

    #[test]
    fn any_names_stay_unique_and_inside_the_folder(names in vec("[ab./\\\\: A]{0,8}", 0..40)) {
        let layout = Layout::new(&names.iter().map(|name| object(name, b"x")).collect::<Vec<_>>());

        let mut seen = std::collections::HashSet::new();
        for name in layout.names() {
            prop_assert!(seen.insert(name.to_lowercase()), "{name:?} twice");
            let inside = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
            prop_assert!(inside, "{name:?}");
        }
    }
}

#[test]
fn other_peoples_unpackers_accept_the_archive() {
    let contents = [b"first".to_vec(), Vec::new(), vec![7; 100_000]];
    let mut entries: Vec<Entry> = ["set/01.mp4", "set/kosong.mp4", "set/kopi ☕.mp4"]
        .iter()
        .zip(&contents)
        .map(|(name, content)| object(name, content))
        .collect();
    entries.push(Entry::inline("manifest.csv", "index,name\n", noon()));
    let layout = Layout::new(&entries);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.zip");
    std::fs::write(&file, read(&layout, &contents, 0..layout.len())).unwrap();

    let unzip = run("unzip", &["-tq"], &file);
    let python = run("python3", &["-c", PYTHON_TEST], &file);

    assert!(unzip.contains("No errors detected"), "{unzip}");
    assert_eq!(
        python.lines().collect::<Vec<_>>(),
        [
            "set/01.mp4 5 (2024, 10, 4, 12, 0, 0)",
            "set/kosong.mp4 0 (2024, 10, 4, 12, 0, 0)",
            "set/kopi ☕.mp4 100000 (2024, 10, 4, 12, 0, 0)",
            "manifest.csv 11 (2024, 10, 4, 12, 0, 0)",
        ]
    );
}

#[test]
fn an_archive_past_four_gibibytes_is_read_by_other_unpackers() {
    let entries = vec![
        Entry::object("big.mp4", 5 * GIB, 0, noon()),
        Entry::object("small.mp4", 10, 0, noon()),
        Entry::inline("after.txt", "found", noon()),
    ];
    let layout = Layout::new(&entries);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.zip");
    write_sparse(&layout, &path);

    let python = run("python3", &["-c", PYTHON_LIST], &path);
    let unzip = run("unzip", &["-l"], &path);

    assert_eq!(python.trim(), format!("3 {} after.txt found", 5 * GIB));
    assert!(unzip.contains(&(5 * GIB).to_string()), "{unzip}");
}

/// Writes only the layout's own bytes; the objects stay holes that take no room on disk.
fn write_sparse(layout: &Layout, path: &Path) {
    let mut file = File::create(path).unwrap();
    file.set_len(layout.len()).unwrap();
    for piece in layout.spans_for(0..layout.len()) {
        match piece {
            Piece::Bytes(bytes) => file.write_all(&bytes).unwrap(),
            Piece::Object { range, .. } => {
                file.seek(SeekFrom::Current((range.end - range.start).cast_signed())).unwrap();
            }
        }
    }
}

#[test]
fn seventy_thousand_entries_are_all_found() {
    let entries: Vec<Entry> =
        (0..70_000).map(|index| Entry::inline(format!("{index}.txt"), "x", noon())).collect();
    let layout = Layout::new(&entries);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.zip");
    std::fs::write(&file, read(&layout, &[], 0..layout.len())).unwrap();

    let python = run("python3", &["-c", PYTHON_LIST], &file);

    assert_eq!(python.trim(), "70000 1 69999.txt x");
}

#[test]
fn small_archives_use_no_zip64_field() {
    let layout = Layout::new(&[object("a.mp4", b"abc")]);

    let bytes = read(&layout, &[b"abc".to_vec()], 0..layout.len());

    // 30 + name + 9 time, content, 46 + name + 9 time, 22.
    assert_eq!(bytes.len(), 44 + 3 + 60 + 22);
}

#[test]
fn the_entity_tag_changes_with_name_content_and_time_and_with_nothing_else() {
    let base = || Layout::new(&[object("a.mp4", b"abc")]);
    let later = Entry::object("a.mp4", 3, crc32fast::hash(b"abc"), noon() + TimeDelta::microseconds(1));

    assert_eq!(base().etag(), base().etag());
    for other in [object("b.mp4", b"abc"), object("a.mp4", b"abd"), later] {
        assert_ne!(Layout::new(&[other]).etag(), base().etag());
    }
}
