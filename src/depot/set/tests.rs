use std::fs;
use std::path::Path;

use super::away::take_away;
use super::*;
use crate::depot::Owner;

fn folder(path: &Path, names: &[&str]) -> Dir {
    fs::create_dir_all(path).unwrap();
    for name in names {
        fs::write(path.join(name), format!("this is {name}")).unwrap();
    }
    Dir::root(path, Owner::default()).unwrap()
}

fn names(dir: &Dir) -> Vec<String> {
    dir.names().unwrap().into_iter().map(|one| one.0).collect()
}

fn only(dir: &Dir, number: u32) -> Vec<SetFile> {
    list(dir).unwrap().remove(&number).unwrap().unwrap()
}

fn found(dir: &Dir, near: u32, files: &[SetFile]) -> Option<u32> {
    find(&list(dir).unwrap(), near, files).map(|(number, _)| number)
}

const SET: [&str; 3] = ["msg0003.WAV", "msg0003.gsm", "msg0003.txt"];

#[test]
fn a_set_is_every_regular_file_of_a_number_and_nothing_else() {
    let tmp = tempfile::tempdir().unwrap();
    let others = [
        "msg0003-bak.txt",
        "msg00003.txt",
        "msg0003.txt-bak",
        "msgintro0003.wav",
    ];
    let all: Vec<&str> = SET.iter().chain(&others).copied().collect();
    let dir = folder(tmp.path(), &all);
    std::os::unix::fs::symlink("msg0003.txt", tmp.path().join("msg0004.txt")).unwrap();
    assert_eq!(only(&dir, 3).len(), 3);
    let sets = list(&dir).unwrap();
    assert_eq!((sets.len(), sets[&4].is_none()), (2, true));
}

#[test]
fn what_is_asked_for_by_name_is_what_a_listing_tells() {
    let tmp = tempfile::tempdir().unwrap();
    let all = ["msg0003.WAV", "msg0003.mp3", "msg0003.txt", "msg0003.ul"];
    let dir = folder(tmp.path(), &all);
    let files = only(&dir, 3);
    assert_eq!(files.len(), 4);
    let by_name = |besides: &[SetFile]| {
        let mut files = under(&dir, 3, besides).unwrap().unwrap();
        files.sort_by(|one, other| one.extension.cmp(&other.extension));
        files
    };
    assert_eq!(by_name(&files), files);
    let known: Vec<String> = by_name(&[]).into_iter().map(|one| one.extension).collect();
    assert_eq!(known, ["WAV", "txt", "ul"]);
    assert_eq!(under(&dir, 4, &files).unwrap(), Some(Vec::new()));
    std::os::unix::fs::symlink("msg0003.txt", tmp.path().join("msg0004.gsm")).unwrap();
    assert_eq!(under(&dir, 4, &[]).unwrap(), None);
    assert_eq!(numbers(&dir).unwrap(), BTreeSet::from([3, 4]));
}

#[test]
fn what_is_brought_is_whole_in_the_new_place_before_it_leaves_the_old_one() {
    let tmp = tempfile::tempdir().unwrap();
    let (from, to) = (
        folder(&tmp.path().join("a"), &SET),
        folder(&tmp.path().join("b"), &[]),
    );
    let files = only(&from, 3);
    for _ in 0..2 {
        bring((&from, 3), (&to, 0), &files, Likeness::Same).unwrap();
        assert_eq!(names(&from), SET);
        assert_eq!(found(&to, 0, &files), Some(0));
    }
    for there in [true, false] {
        let all = clear(&from, 3, &files, Likeness::Same).unwrap();
        assert_eq!((all, names(&from).len()), (there, 0));
    }
    assert_eq!(
        fs::read(tmp.path().join("b/msg0000.gsm")).unwrap(),
        b"this is msg0003.gsm"
    );
}

#[test]
fn a_copy_keeps_content_and_time_and_is_known_again() {
    let tmp = tempfile::tempdir().unwrap();
    let (from, to) = (
        folder(&tmp.path().join("a"), &SET),
        folder(&tmp.path().join("b"), &[]),
    );
    let files = only(&from, 3);
    for file in &files {
        let new = format!("msg0009.{}", file.extension);
        copy(
            &from,
            &format!("msg0003.{}", file.extension),
            &to,
            &new,
            file,
        )
        .unwrap();
    }
    assert_eq!(names(&to).len(), 3, "no part is left");
    assert_eq!(found(&to, 9, &files), None);
    assert!(is_at(&list(&to).unwrap(), 9, &files, Likeness::Alike));
    bring((&from, 3), (&to, 9), &files, Likeness::Same).unwrap();
    fs::write(tmp.path().join("b/msg0009.gsm"), "this is msg0003.GSM").unwrap();
    let source = fs::metadata(tmp.path().join("a/msg0003.gsm")).unwrap();
    let times = FileTimes::new().set_modified(source.modified().unwrap());
    let forged = File::options()
        .write(true)
        .open(tmp.path().join("b/msg0009.gsm"));
    forged.unwrap().set_times(times).unwrap();
    let again = bring((&from, 3), (&to, 9), &files, Likeness::Same);
    assert!(matches!(again, Err(MoveError::Taken(name)) if name == "msg0009.gsm"));
}

#[test]
fn nothing_is_replaced_and_what_changed_is_not_touched() {
    let tmp = tempfile::tempdir().unwrap();
    let (from, to) = (
        folder(&tmp.path().join("a"), &SET),
        folder(&tmp.path().join("b"), &["msg0003.gsm"]),
    );
    fs::write(tmp.path().join("b/msg0003.gsm"), "of another").unwrap();
    let files = only(&from, 3);
    let taken = bring((&from, 3), (&to, 3), &files, Likeness::Same);
    assert!(matches!(taken, Err(MoveError::Taken(_))));
    discard(&to, 3, &files).unwrap();
    assert_eq!(names(&to), ["msg0003.gsm"]);
    assert_eq!(
        fs::read(tmp.path().join("b/msg0003.gsm")).unwrap(),
        b"of another"
    );
    fs::write(tmp.path().join("a/msg0003.txt"), "heard").unwrap();
    let changed = bring((&from, 3), (&to, 5), &files, Likeness::Same);
    assert!(matches!(changed, Err(MoveError::Changed(name)) if name == "msg0003.txt"));
    discard(&to, 5, &files).unwrap();
    assert!(!clear(&from, 3, &files, Likeness::Same).unwrap());
    assert_eq!(names(&from), ["msg0003.txt"]);
}

#[test]
fn a_renumbered_set_is_cleared_where_it_is_and_not_what_has_its_number_now() {
    let tmp = tempfile::tempdir().unwrap();
    let from = folder(tmp.path(), &SET);
    let files = only(&from, 3);
    for file in &files {
        let name = |number: u32| {
            tmp.path()
                .join(format!("msg{number:04}.{}", file.extension))
        };
        fs::rename(name(3), name(2)).unwrap();
        fs::write(name(3), "another message").unwrap();
    }
    for near in [0, 2, 3, 9, u32::MAX] {
        assert_eq!(found(&from, near, &files), Some(2), "from {near}");
    }
    assert!(!clear(&from, 3, &files, Likeness::Same).unwrap());
    assert_eq!(names(&from).len(), 6);
    clear_rest(&from, &files).unwrap();
    assert_eq!(names(&from), SET);
}

#[test]
fn a_set_that_is_renumbered_while_it_is_cleared_goes_all_the_same() {
    use std::sync::atomic::{AtomicBool, Ordering};
    for _ in 0..50 {
        let tmp = tempfile::tempdir().unwrap();
        let from = folder(tmp.path(), &SET);
        let files = only(&from, 3);
        let still = AtomicBool::new(true);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut at = 3;
                while still.load(Ordering::Relaxed) {
                    for file in &files {
                        let path = |number| tmp.path().join(name(number, &file.extension));
                        let _ = fs::rename(path(at), path(7 - at));
                    }
                    at = 7 - at;
                }
            });
            let cleared = clear_rest(&from, &files);
            still.store(false, Ordering::Relaxed);
            cleared.unwrap();
        });
        assert!(names(&from).is_empty(), "{:?}", names(&from));
    }
}

#[test]
fn a_file_that_took_the_name_at_the_last_moment_gets_it_back() {
    let tmp = tempfile::tempdir().unwrap();
    let from = folder(tmp.path(), &SET);
    let file = only(&from, 3).remove(0);
    fs::remove_file(tmp.path().join("msg0003.WAV")).unwrap();
    fs::write(tmp.path().join("msg0003.WAV"), "another").unwrap();
    let error = take_away(&from, "msg0003.WAV", &file, Likeness::Same);
    assert!(matches!(error, Err(MoveError::Changed(_))));
    assert_eq!(
        fs::read(tmp.path().join("msg0003.WAV")).unwrap(),
        b"another"
    );
    assert_eq!(names(&from), SET);
}
