//! Messages that appear whole, in a folder that others write to as well.

use super::*;
use crate::depot::Owner;

fn put(folder: &mut Folder, octets: &[u8]) -> u32 {
    let mut part = folder.stage.part(0o644).unwrap();
    part.file.write_all(octets).unwrap();
    let digest = AudioDigest(Sha256::digest(octets).into());
    let stage = here(folder);
    folder
        .publish((&stage, part), "WAV", &digest, b"txt")
        .unwrap()
}

/// The folder as the stage of its own messages.
fn here(folder: &Folder) -> Stage {
    let dir = Dir::root(folder.dir().path(), Owner::default()).unwrap();
    Stage { dir }
}

fn names(folder: &Folder) -> Vec<String> {
    let names = folder.dir().names().unwrap();
    names.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn messages_are_numbered_without_gaps_and_nothing_else_stays() {
    let tmp = tempfile::tempdir().unwrap();
    let root = Dir::root(tmp.path(), Owner::default()).unwrap();
    let mut folder = Folder::new(root).unwrap();
    assert_eq!([put(&mut folder, b"a"), put(&mut folder, b"b")], [0, 1]);
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
    let mut folder = Folder::new(root).unwrap();
    assert_eq!(put(&mut folder, b"a"), 0);
    assert_eq!(names(&folder), ["msg0000.WAV", "msg0000.txt"]);
    std::fs::write(tmp.path().join("msg0001.WAV"), "another's").unwrap();
    assert_eq!(put(&mut folder, b"b"), 2, "never overwritten");
    let kept = std::fs::read(tmp.path().join("msg0001.WAV")).unwrap();
    assert_eq!(kept, b"another's");
}

#[test]
fn a_full_folder_and_a_locked_one_are_refused_without_a_trace() {
    let tmp = tempfile::tempdir().unwrap();
    std::fs::write(tmp.path().join("msg9998.txt"), "").unwrap();
    let root = Dir::root(tmp.path(), Owner::default()).unwrap();
    let mut folder = Folder::new(root).unwrap();
    let (stage, part) = (here(&folder), folder.stage.part(0o644).unwrap());
    let error = folder.publish((&stage, part), "WAV", &AudioDigest([0; 32]), b"txt");
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
    assert_eq!(put(&mut Folder::new(root).unwrap(), b"a"), 0);
}

#[test]
fn what_a_phone_does_between_two_messages_decides_their_numbers() {
    let tmp = tempfile::tempdir().unwrap();
    let at = |name: &str| tmp.path().join(name);
    let root = Dir::root(tmp.path(), Owner::default()).unwrap();
    let mut folder = Folder::new(root).unwrap();
    assert_eq!(put(&mut folder, b"a"), 0);
    // Somebody leaves a message, and a crash a recording without its txt.
    std::fs::write(at("msg0001.gsm"), "left").unwrap();
    std::fs::write(at("msg0001.txt"), "left").unwrap();
    assert_eq!(put(&mut folder, b"b"), 2);
    std::fs::write(at("msg0003.ul"), "half a message").unwrap();
    assert_eq!(put(&mut folder, b"c"), 4);
    // The first two are deleted, and the gap is closed.
    for (from, to) in [(2, 0), (4, 1)] {
        for extension in ["WAV", "txt"] {
            let name = |number: u32| at(&format!("msg{number:04}.{extension}"));
            std::fs::rename(name(from), name(to)).unwrap();
        }
    }
    std::fs::remove_file(at("msg0001.gsm")).unwrap();
    assert_eq!(put(&mut folder, b"d"), 2);
    // All is deleted, and another one left in the place of the last.
    for name in names(&folder) {
        std::fs::remove_file(at(&name)).unwrap();
    }
    for number in 0..4 {
        std::fs::write(at(&format!("msg{number:04}.txt")), "left").unwrap();
    }
    assert_eq!(put(&mut folder, b"e"), 4);
}

#[test]
fn a_folder_is_read_through_for_the_first_message_and_not_for_the_next() {
    let tmp = tempfile::tempdir().unwrap();
    let root = Dir::root(tmp.path(), Owner::default()).unwrap();
    let mut folder = Folder::new(root).unwrap();
    assert!(folder.following().unwrap().is_none());
    put(&mut folder, b"a");
    for next in 1..4 {
        let again = Dir::root(tmp.path(), Owner::default()).unwrap();
        folder = Folder::again(again, folder.latest());
        assert_eq!(folder.following().unwrap(), Some((next, 0)));
        put(&mut folder, b"b");
    }
    // Behind numbers that were taken by what is no message it looks again.
    std::fs::write(tmp.path().join("msg0009.mp3"), "").unwrap();
    let again = Dir::root(tmp.path(), Owner::default()).unwrap();
    let mut folder = Folder::new(again).unwrap();
    put(&mut folder, b"c");
    assert!(folder.following().unwrap().is_none());
}
