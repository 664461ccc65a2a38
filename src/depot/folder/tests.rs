//! Messages that appear whole, in a folder that others write to as well.

use super::*;
use crate::depot::Owner;

fn put(folder: &Folder, octets: &[u8]) -> u32 {
    let mut part = folder.stage.part(0o644).unwrap();
    part.file.write_all(octets).unwrap();
    let digest = AudioDigest(Sha256::digest(octets).into());
    let staged = (&folder.stage, part);
    folder.publish(staged, "WAV", &digest, b"txt").unwrap()
}

fn names(folder: &Folder) -> Vec<String> {
    let names = folder.dir().names().unwrap();
    names.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn messages_are_numbered_without_gaps_and_nothing_else_stays() {
    let tmp = tempfile::tempdir().unwrap();
    let root = Dir::root(tmp.path(), Owner::default()).unwrap();
    let folder = Folder::new(root).unwrap();
    assert_eq!([put(&folder, b"a"), put(&folder, b"b")], [0, 1]);
    assert_eq!(
        names(&folder),
        ["msg0000.WAV", "msg0000.txt", "msg0001.WAV", "msg0001.txt"]
    );
}

#[test]
fn a_recording_left_without_its_txt_is_taken_over_where_it_is_the_same() {
    let tmp = tempfile::tempdir().unwrap();
    for (name, octets) in [("msg0000.WAV", "a"), (".vmimap-1-1.part", "half")] {
        std::fs::write(tmp.path().join(name), octets).unwrap();
    }
    let root = Dir::root(tmp.path(), Owner::default()).unwrap();
    let folder = Folder::new(root).unwrap();
    assert_eq!(put(&folder, b"a"), 0);
    assert_eq!(names(&folder), ["msg0000.WAV", "msg0000.txt"]);
    std::fs::write(tmp.path().join("msg0001.WAV"), "another's").unwrap();
    assert_eq!(put(&folder, b"b"), 2, "never overwritten");
    let kept = std::fs::read(tmp.path().join("msg0001.WAV")).unwrap();
    assert_eq!(kept, b"another's");
}

#[test]
fn a_full_folder_and_a_locked_one_are_refused_without_a_trace() {
    let tmp = tempfile::tempdir().unwrap();
    std::fs::write(tmp.path().join("msg9998.txt"), "").unwrap();
    let root = Dir::root(tmp.path(), Owner::default()).unwrap();
    let folder = Folder::new(root).unwrap();
    let part = folder.stage.part(0o644).unwrap();
    let staged = (&folder.stage, part);
    let error = folder.publish(staged, "WAV", &AudioDigest([0; 32]), b"txt");
    assert!(matches!(error, Err(PublishError::Full)));
    assert_eq!(names(&folder), ["msg9998.txt"]);
}

#[test]
fn names_that_asterisk_does_not_count_take_no_number() {
    let tmp = tempfile::tempdir().unwrap();
    for name in [
        "msg00003.txt",
        "msg12345.txt",
        "msg0004-bak.txt",
        "msg0005.txt-bak",
    ] {
        std::fs::write(tmp.path().join(name), "").unwrap();
    }
    let root = Dir::root(tmp.path(), Owner::default()).unwrap();
    assert_eq!(put(&Folder::new(root).unwrap(), b"a"), 0);
}
