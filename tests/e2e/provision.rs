//! `vmimap provision` against a real Dovecot: which folders are made, under which names, and what is
//! said about them. What the server holds is asked by the tests' own client.

use crate::provision_site;
use crate::support;
use provision_site::{Site, line, plan};
use support::dovecot_config::{DovecotOptions, Store};

const USUAL: [&str; 4] = ["Family", "Friends", "Old", "Work"];

#[test]
fn a_first_run_makes_and_subscribes_the_usual_folders_and_a_second_one_changes_nothing() {
    let site = Site::of_ada(DovecotOptions::default(), "");
    site.provision(&[]).run().status(0).silent();
    assert_eq!(
        site.folders("ada"),
        ["Family", "Friends", "INBOX", "Old", "Work"]
    );
    assert_eq!(site.subscribed("ada"), USUAL);
    let again = site.provision(&["--json"]).run().status(0);
    for (count, expected) in [
        ("existed", 4),
        ("created", 0),
        ("subscribed", 0),
        ("refused", 0),
    ] {
        assert_eq!(again.count(count), expected, "{count}");
    }
    let told = site.provision(&["-v"]).run().status(0);
    assert_eq!(
        plan(&told.stdout),
        ["1001@default: Old, Work, Family, Friends there"]
    );
    assert!(
        told.stdout.ends_with("\nNothing was changed.\n"),
        "{}",
        told.stdout
    );
}

#[test]
fn a_dry_run_changes_nothing_and_prints_the_lines_of_the_run() {
    let boxes = [
        line("1001", "ada", ""),
        line("3777", "ada", "|imapfolder=Desk"),
        line("2002", "bob", ""),
    ];
    let boxes: Vec<&str> = boxes.iter().map(String::as_str).collect();
    let general = "imapgreetings=yes\ngreetingsfolder=Greetings";
    let site = Site::new(DovecotOptions::default(), &["ada", "bob"], general, &boxes);
    site.dovecot.raw("ada").command("CREATE Work").ok();
    let words = ["-v", "-j", "1", "--all-folders"];
    let dry = site.provision(&words).arg("-n").run().status(0);
    assert_eq!(site.folders("ada"), ["INBOX", "Work"]);
    assert_eq!(site.folders("bob"), ["INBOX"]);
    assert!(site.subscribed("ada").is_empty());
    let wet = site.provision(&words).run().status(0);
    assert_eq!(plan(&dry.stdout), plan(&wet.stdout));
    assert_eq!(dry.stderr, wet.stderr);
    assert_eq!(
        plan(&dry.stdout),
        [
            "1001@default: creates Old, Family, Friends, Cust1, Cust2, Cust3, Cust4, Cust5, Deleted, \
             Greetings; Work there; subscribes to 11",
            "3777@default: creates Desk; Old, Work, Family, Friends, Cust1, Cust2, Cust3, Cust4, Cust5, \
             Deleted, Greetings shared with 1001@default; subscribes to 1",
            "2002@default: creates Old, Work, Family, Friends, Cust1, Cust2, Cust3, Cust4, Cust5, \
             Deleted, Greetings; subscribes to 11",
        ]
    );
    let mut all = site.subscribed("ada");
    all.push("INBOX".to_owned());
    all.sort();
    assert_eq!((site.folders("ada"), all.len()), (all, 13));
}

#[test]
fn a_dry_run_is_of_use_before_the_account_exists() {
    let site = Site::new(
        DovecotOptions::default(),
        &[],
        "",
        &[&line("1001", "ada", "")],
    );
    let ran = site.provision(&["-n"]).run().status(11);
    assert_eq!(
        plan(&ran.stdout),
        ["1001@default: creates Old, Work, Family, Friends; subscribes to 4"]
    );
    assert!(
        ran.stderr.contains("1001@default: login refused: NO"),
        "{}",
        ran.stderr
    );
    let json = site.provision(&["--json"]).run().status(11);
    assert_eq!((json.count("pending"), json.count("created")), (4, 0));
}

#[test]
fn names_are_those_asterisk_will_open() {
    let boxes = [
        line("1001", "ada", "|imapfolder=Bo\u{ee}te"),
        line("2002", "bob", ""),
    ];
    let general = "imapparentfolder=Phone\nimapfolder=Voice\nimapgreetings=yes\ngreetingfolder=Hi";
    let site = Site::new(
        DovecotOptions {
            store: Store::Sdbox,
            separator: '/',
            ..DovecotOptions::default()
        },
        &["ada", "bob"],
        general,
        &[&boxes[0], &boxes[1]],
    );
    let ran = site.provision(&["-v", "--no-old"]).run().status(0);
    let named = ["Phone/Family", "Phone/Friends", "Phone/Work"];
    for (user, imapfolder) in [("ada", "Bo&AO4-te"), ("bob", "Voice")] {
        let mut expected = vec!["Hi", imapfolder];
        expected.extend(named);
        expected.sort_unstable();
        assert_eq!(site.subscribed(user), expected);
    }
    assert!(
        ran.stdout.contains("creates Bo\u{ee}te, Phone/Work"),
        "{}",
        ran.stdout
    );
    // What Asterisk gets wrong with a parent is said once, and Old is not spoken of.
    assert_eq!(ran.stderr.matches("[VMP004]").count(), 1, "{}", ran.stderr);
    assert!(!ran.stderr.contains("[VMP003]") && !ran.stderr.contains("[VMP005]"));
}

#[test]
fn old_is_explained_in_one_line_where_it_is_made() {
    let boxes = [line("1001", "ada", ""), line("2002", "bob", "")];
    let site = Site::new(
        DovecotOptions::default(),
        &["ada", "bob"],
        "",
        &[&boxes[0], &boxes[1]],
    );
    let ran = site.provision(&["-v"]).run().status(0);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{}", ran.stderr);
    assert!(
        lines[0].contains("keeps heard messages in INBOX") && lines[0].contains("strands it"),
        "{}",
        lines[0]
    );
    assert!(
        lines[0].ends_with("[VMP003]; --no-old leaves it out"),
        "{}",
        lines[0]
    );
    assert_eq!(site.provision(&["-v"]).run().status(0).stderr, "");
}

#[test]
fn where_every_folder_is_below_inbox_the_bare_name_is_refused_and_no_other_is_made() {
    let below = || DovecotOptions {
        prefix: "INBOX.".to_owned(),
        ..DovecotOptions::default()
    };
    let site = Site::of_ada(below(), "");
    for words in [&["-n"][..], &[]] {
        let ran = site.provision(words).run().status(3);
        assert!(
            ran.stderr.contains(
                "1001@default: Old, Work, Family, Friends not made: every folder on this server \
                 begins with \"INBOX.\", so Asterisk cannot open this name; set imapparentfolder=INBOX \
                 in voicemail.conf"
            ),
            "{}",
            ran.stderr
        );
        assert_eq!(site.folders("ada"), ["INBOX"]);
    }
    site.write(
        "imapparentfolder=INBOX",
        &[&line("1001", "ada", "|imapfolder=INBOX.Desk")],
    );
    site.provision(&[]).run().status(0).silent();
    assert_eq!(
        site.folders("ada"),
        [
            "INBOX",
            "INBOX.Desk",
            "INBOX.Family",
            "INBOX.Friends",
            "INBOX.Old",
            "INBOX.Work"
        ]
    );
}

#[test]
fn one_refused_folder_stops_neither_the_others_nor_the_other_boxes() {
    let boxes = [
        line("1001", "ada", "|imapfolder=not/here"),
        line("2002", "bob", ""),
    ];
    let site = Site::new(
        DovecotOptions {
            quota: false,
            ..DovecotOptions::default()
        },
        &["ada", "bob"],
        "",
        &[&boxes[0], &boxes[1]],
    );
    let ran = site.provision(&["--json"]).run().status(3);
    assert_eq!((ran.count("created"), ran.count("refused")), (8, 1));
    let lines = ran.json();
    let refused = lines
        .iter()
        .find(|line| line["mailbox"] == "1001@default" && line["type"] == "mailbox");
    let refusal = &refused.unwrap()["refusals"][0];
    assert_eq!(
        (&refusal["folder"], &refusal["step"]),
        (&"not/here".into(), &"create".into())
    );
    assert!(
        refusal["reason"].as_str().unwrap().starts_with("NO ["),
        "{refusal}"
    );
    assert_eq!(site.subscribed("ada"), USUAL);
    assert_eq!(site.subscribed("bob"), USUAL);
    // To people: who, what, and the server's words.
    let told = site.provision(&["-v"]).run().status(3);
    assert!(
        told.stderr
            .contains("1001@default: not/here not made: NO ["),
        "{}",
        told.stderr
    );
    assert!(told.stdout.contains("Why"), "{}", told.stdout);
    assert!(
        told.stdout.contains("Incomplete: 1 folder refused."),
        "{}",
        told.stdout
    );
}

#[test]
fn what_exists_is_subscribed_to_unless_that_is_not_wanted() {
    let site = Site::of_ada(DovecotOptions::default(), "");
    site.dovecot.raw("ada").command("CREATE Work").ok();
    site.provision(&["--no-subscribe", "--folder", "Work", "--folder", "Cust2"])
        .run()
        .status(0)
        .silent();
    assert_eq!(site.folders("ada"), ["Cust2", "INBOX", "Work"]);
    assert!(site.subscribed("ada").is_empty());
    let ran = site
        .provision(&["--json", "--folder", "Work"])
        .run()
        .status(0);
    assert_eq!((ran.count("existed"), ran.count("subscribed")), (1, 1));
    assert_eq!(site.subscribed("ada"), ["Work"]);
}

#[test]
fn greetings_among_the_messages_are_warned_of() {
    let boxes = [line("1001", "ada", ""), line("2002", "ada", "")];
    let site = Site::new(
        DovecotOptions::default(),
        &["ada"],
        "imapgreetings=yes",
        &[&boxes[0], &boxes[1]],
    );
    let ran = site.provision(&["-v", "--no-old"]).run().status(0);
    for expected in [
        "greetings go to INBOX, which is the imapfolder of 1001@default, 2002@default [VMP005]",
        "1001@default, 2002@default play each other's greetings [VMP006]",
    ] {
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[test]
fn a_special_use_that_is_not_offered_is_said_once_and_costs_nothing() {
    let boxes = [line("1001", "ada", ""), line("2002", "bob", "")];
    let site = Site::new(
        DovecotOptions::default(),
        &["ada", "bob"],
        "",
        &[&boxes[0], &boxes[1]],
    );
    let ran = site.provision(&["-v", "--special-use"]).run().status(0);
    assert!(ran.stdout.contains("Old as \\Archive"), "{}", ran.stdout);
    assert_eq!(ran.stderr.matches("[VMP008]").count(), 1, "{}", ran.stderr);
    assert!(site.folders("bob").contains(&"Old".to_owned()));
}

#[test]
fn flags_that_choose_messages_are_not_understood() {
    let site = Site::of_ada(DovecotOptions::default(), "");
    let ran = site.provision(&["--since", "2d"]).run().status(2);
    assert!(
        ran.stderr.contains("--since and --until choose messages"),
        "{}",
        ran.stderr
    );
    assert_eq!(site.folders("ada"), ["INBOX"]);
}
