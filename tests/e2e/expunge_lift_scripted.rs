//! `vmimap expunge --lift-foreign-marks` on a server of the tests' own: cut at every command, marks
//! that somebody else sets meanwhile, a server that does not do what it says.

use crate::lift_world;
use std::thread;

use lift_world::{AFTER, BEFORE, Fault, LATE, LiftSite};

#[test]
fn without_the_flag_nothing_is_touched_and_the_way_through_is_named() {
    let site = LiftSite::new(Fault::None);
    let ran = site.run("expunge", &["4123", "--yes"]).status(5);
    assert!(
        ran.stderr.contains("--lift-foreign-marks"),
        "{}",
        ran.stderr
    );
    assert_eq!(site.inbox(), BEFORE);
    let log = &site.world().log;
    assert!(!log.iter().any(|line| line.contains("STORE")), "{log:?}");
}

#[test]
fn the_look_is_the_last_thing_before_expunge_and_the_marks_come_back() {
    let site = LiftSite::new(Fault::None);
    let ran = site.lift().status(0);
    assert_eq!((ran.count("removed"), ran.count("marks_not_back")), (3, 0));
    assert_eq!(site.inbox(), AFTER);
    let log = site.world().log.clone();
    let begin = log
        .iter()
        .position(|line| line.starts_with("SELECT"))
        .unwrap();
    let id = "(UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])";
    assert_eq!(
        log[begin..],
        [
            "SELECT \"INBOX\"",
            &format!("UID FETCH 3:5 {id}"),
            "UID SEARCH ALL",
            "UID SEARCH DELETED",
            "UID STORE 2,6 -FLAGS.SILENT (\\Deleted)",
            "UID STORE 3:4 +FLAGS.SILENT (\\Deleted)",
            &format!("UID FETCH 3:5 {id}"),
            "NOOP",
            "UID SEARCH DELETED",
            "EXPUNGE",
            "UID SEARCH ALL",
            "UID STORE 2,6 +FLAGS.SILENT (\\Deleted)",
            &format!("UID FETCH 2,6 {id}"),
            "UNSELECT",
        ]
    );
    let record = std::fs::read_to_string(site.state().join("journal/removals.jsonl")).unwrap();
    assert_eq!(record.matches("\"step\":\"intent\"").count(), 3, "{record}");
    assert_eq!(record.matches("\"outcome\":\"removed\"").count(), 3);
}

/// Every command of a run, before and after it is carried out; the server comes back or does not.
fn cuts(stays: bool) -> Vec<Fault> {
    let site = LiftSite::new(Fault::None);
    site.lift().status(0);
    let commands = site.world().log.len();
    (0..commands)
        .flat_map(|at| [false, true].map(|done| Fault::HangsUp { at, done, stays }))
        .collect()
}

/// Runs a test for each, several at once: some wait for an EXPUNGE that may still be under way.
fn for_each(faults: &[Fault], test: impl Fn(Fault) + Sync) {
    for some in faults.chunks(12) {
        thread::scope(|scope| {
            for fault in some {
                scope.spawn(|| test(*fault));
            }
        });
    }
}

#[test]
fn cut_at_any_command_it_tries_once_more_and_ends_in_the_same_state() {
    for_each(&cuts(false), |fault| {
        let site = LiftSite::new(fault);
        let ran = site.lift();
        assert!(matches!(ran.status, 0 | 3), "{fault:?}: {ran:?}");
        site.heal();
        site.lift().status(0);
        assert_eq!(site.inbox(), AFTER, "{fault:?}");
    });
}

#[test]
fn ended_at_any_command_the_next_run_puts_back_what_it_had_taken_off() {
    for_each(&cuts(true), |fault| {
        let site = LiftSite::new(fault);
        let ran = site.lift();
        assert!(matches!(ran.status, 0 | 3 | 10), "{fault:?}: {ran:?}");
        let log = site.world().log.clone();
        if log.iter().any(|line| line.contains("STORE")) {
            let file = |name| std::fs::read_to_string(site.state().join("journal").join(name));
            assert!(file("removals.jsonl").unwrap().matches("intent").count() >= 3);
            assert!(file("lifted.jsonl").unwrap().contains("\"others\":[2,6]"));
        }
        let left = site.inbox();
        for (uid, _) in AFTER {
            assert!(left.iter().any(|one| one.0 == uid), "{fault:?}: {uid}");
        }
        site.heal();
        // Even without the flag: the marks come back first, and ours go.
        let plain = site.run("expunge", &["4123", "--yes"]);
        let intact = left.len() == BEFORE.len();
        let expected: &[(u32, bool)] = if intact { &BEFORE } else { &AFTER };
        assert_eq!(site.inbox(), expected, "{fault:?}: {plain:?}");
        assert_eq!(
            plain.status,
            if intact { 5 } else { 0 },
            "{fault:?}: {plain:?}"
        );
        site.lift().status(0);
        assert_eq!(site.inbox(), AFTER, "{fault:?}");
    });
}

/// At the `n`th command of this kind, of a run in which nothing else happens.
fn at(command: &str, n: usize) -> usize {
    let site = LiftSite::new(Fault::None);
    site.lift().status(0);
    let log = site.world().log.clone();
    let mut found = (0..).zip(&log).filter(|(_, line)| line.contains(command));
    found.nth(n - 1).unwrap().0
}

/// What a run leaves that was cut when others' marks were to go back; the server is well again.
fn with_marks_off() -> LiftSite {
    let site = LiftSite::new(Fault::HangsUp {
        at: at("UID STORE 2,6 +FLAGS", 1),
        done: false,
        stays: true,
    });
    site.lift().status(3);
    site.heal();
    site
}

#[test]
fn doctor_audit_and_a_dry_run_tell_of_marks_that_are_off_and_change_nothing() {
    let site = with_marks_off();
    let before = site.inbox();
    for (words, code) in [
        (&["doctor", "--json"][..], "VMD066"),
        (&["audit", "--json"], "VMA075"),
        (&["expunge", "4123", "-n", "--json"], "VMX008"),
    ] {
        let ran = site.run(words[0], &words[1..]);
        assert!(ran.stdout.contains(code), "{words:?}: {ran:?}");
        assert!(ran.stdout.contains("2,6"), "{words:?}: {ran:?}");
        assert_eq!(site.inbox(), before, "{words:?}");
    }
    let ran = site
        .run("expire", &["--older-than", "9000d", "--yes", "--json"])
        .status(0);
    assert!(ran.stdout.contains("VMX007"), "{ran:?}");
    assert_eq!(site.inbox(), AFTER);
    let ran = site.run("audit", &["--json"]);
    assert!(!ran.stdout.contains("VMA075"), "{ran:?}");
}

#[test]
fn a_mark_that_somebody_else_sets_meanwhile_stops_it_and_all_marks_come_back() {
    let site = LiftSite::new(Fault::None);
    site.lift().status(0);
    let noops = site
        .world()
        .log
        .iter()
        .filter(|line| *line == "NOOP")
        .count();
    for fault in [
        Fault::OtherMarks("NOOP", noops),
        Fault::OtherMarks("UID SEARCH DELETED", 2),
        Fault::TellsOfMark { behind: false },
        Fault::TellsOfMark { behind: true },
    ] {
        let site = LiftSite::new(fault);
        let ran = site.lift();
        let told = matches!(fault, Fault::TellsOfMark { .. });
        let expected: Vec<(u32, bool)> = BEFORE
            .into_iter()
            .map(|(uid, marked)| (uid, marked || uid == 1 && !told))
            .collect();
        assert_eq!(site.inbox(), expected, "{fault:?}: {ran:?}");
        assert!(
            !site.world().log.contains(&"EXPUNGE".to_owned()),
            "{fault:?}"
        );
        assert_eq!((ran.count("removed"), ran.count("marks_not_back")), (0, 0));
        let ran = ran.status(5);
        assert!(ran.stdout.contains("somebody else is at work"), "{ran:?}");
    }
}

#[test]
fn without_a_record_nothing_is_touched() {
    for (file, damage) in [
        ("removals.jsonl", None),
        ("lifted.jsonl", None),
        ("lifted.jsonl", Some("{\"step\":\"lift\n")),
    ] {
        let site = LiftSite::new(Fault::None);
        let path = site.state().join("journal").join(file);
        match damage {
            None => std::fs::create_dir_all(&path).unwrap(),
            Some(text) => {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, text).unwrap();
            }
        }
        let ran = site.lift().status(1);
        assert!(ran.stderr.contains(file), "{}", ran.stderr);
        assert_eq!(site.inbox(), BEFORE);
        assert_eq!(site.world().log, [""; 0]);
    }
}

#[test]
fn a_planned_message_that_is_not_marked_any_more_stops_it_too() {
    let site = LiftSite::new(Fault::OtherUnmarks);
    let ran = site.lift().status(5);
    assert!(
        ran.stdout.contains("1 of the planned ones are not"),
        "{ran:?}"
    );
    assert_eq!(site.inbox(), BEFORE);
    assert!(!site.world().log.contains(&"EXPUNGE".to_owned()));
}

#[test]
fn an_expunge_that_is_carried_out_after_its_connection_broke_meets_no_mark_of_others() {
    let site = LiftSite::new(Fault::LateExpunge);
    site.lift().status(0);
    while !site.world().log.iter().any(|line| line == LATE) {
        thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(site.inbox(), AFTER);
}

#[test]
fn a_mark_that_is_set_in_the_very_moment_of_the_expunge_is_told() {
    let site = LiftSite::new(Fault::OtherMarks("EXPUNGE", 1));
    let ran = site.lift();
    assert!(
        ran.stdout.contains("1 messages vanished that were not"),
        "{ran:?}"
    );
    ran.status(3);
    assert_eq!(site.inbox(), [(2, true), (6, true)]);
}

#[test]
fn a_server_that_does_not_do_what_it_says_loses_nothing() {
    for fault in [Fault::RefusesExpunge, Fault::Keeps { sign: '-' }] {
        let site = LiftSite::new(fault);
        let ran = site.lift();
        assert!(matches!(ran.status, 3 | 5), "{fault:?}: {ran:?}");
        assert_eq!(site.inbox(), BEFORE, "{fault:?}");
    }
    let site = LiftSite::new(Fault::Keeps { sign: '+' });
    let ran = site.lift();
    assert_eq!((ran.count("removed"), ran.count("marks_not_back")), (3, 2));
    ran.status(3);
    site.heal();
    site.run("expunge", &["4123", "--yes"]).status(0);
    assert_eq!(site.inbox(), AFTER);
}

#[test]
fn marks_are_put_on_no_message_of_a_folder_that_was_numbered_anew() {
    let site = with_marks_off();
    site.world().validity = 8;
    let before = site.inbox();
    let ran = site.run("expunge", &["4123", "--yes", "--json"]).status(3);
    assert!(ran.stdout.contains("VMX009"), "{ran:?}");
    assert!(ran.stdout.contains("2,6"), "{ran:?}");
    assert_eq!(ran.count("marks_not_back"), 2);
    assert_eq!(site.inbox(), before);
    let log = site.world().log.clone();
    assert!(!log.iter().any(|line| line.contains("STORE")), "{log:?}");
    // Told once: nothing can be done about it any more.
    site.run("expunge", &["4123", "--yes"]).status(0);
}
