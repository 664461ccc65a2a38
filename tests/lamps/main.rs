//! `--refresh-mwi` against a scripted manager interface and a real Dovecot: whose lamps are asked
//! for, and what is told where that fails. The mail work stands whatever becomes of the lamps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod failures;
mod site;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use site::{Site, hides_the_secret};
use support::manager::{Play, SECRET, ScriptedManager, USER, asterisk};
use support::spool_generator::{SpoolSpec, generate};

#[test]
fn the_changed_mailbox_and_those_that_count_its_messages_are_refreshed_once() {
    let (site, manager) = (Site::new(), ScriptedManager::asterisk());
    let ran = site.expunge(&manager.address()).arg("-v").run().status(0);
    hides_the_secret(&ran);
    let last = ran.stdout.lines().last().unwrap();
    assert_eq!(last, "lamps of 2 mailboxes refreshed by AMI");
    assert_eq!(manager.refreshed(), ["200@default", "2001@default"]);
    let said = manager.said();
    assert_eq!(
        (said[0].get("Action"), said[0].get("Events")),
        ("Login", "off")
    );
    assert_eq!(said.last().unwrap().get("Action"), "Logoff");
    // Nothing changes now, so nothing is asked; and without a terminal success is silent.
    let again = site.expunge(&manager.address()).run().status(0);
    again.silent();
    assert_eq!(manager.said().len(), 4);
}

#[test]
fn lamps_are_left_alone_unless_somebody_asks_and_in_a_dry_run() {
    let (site, manager) = (Site::new(), ScriptedManager::asterisk());
    let dry = site
        .expunge(&manager.address())
        .args(&["-n", "--json"])
        .run();
    assert!(dry.status(0).summary()["lamps"].is_null());
    let no = site.call(
        "expunge",
        &["2001@default", "--yes", "--json"],
        &manager.address(),
    );
    assert!(no.run().status(0).summary()["lamps"].is_null());
    assert!(manager.said().is_empty());
}

#[test]
fn json_says_what_became_of_the_lamps() {
    let (site, manager) = (Site::new(), ScriptedManager::asterisk());
    let ran = site
        .expunge(&manager.address())
        .arg("--json")
        .run()
        .status(0);
    let lamps = &ran.summary()["lamps"];
    let expected = serde_json::json!({ "way": "ami", "mailboxes": 2, "refreshed": 2, "left": [], "error": null,
        "by_hand": null });
    assert_eq!(*lamps, expected);
    let site = Site::new();
    let ran = site.expunge("127.0.0.1:1").arg("--json").run().status(3);
    let summary = ran.summary();
    assert_eq!(
        (summary["complete"].as_bool(), summary["exit"].as_u64()),
        (Some(false), Some(3))
    );
    assert_eq!(summary["lamps"]["refreshed"], 0);
    let why = summary["lamps"]["error"].as_str().unwrap();
    assert!(why.contains("127.0.0.1:1: cannot connect"), "{why}");
    let left = serde_json::json!(["200@default", "2001@default"]);
    assert_eq!(summary["lamps"]["left"], left);
    let conf = site.site.conf();
    let by_hand = format!(
        "touch {} && /usr/sbin/asterisk -rx \"voicemail reload\"",
        conf.display()
    );
    assert_eq!(summary["lamps"]["by_hand"], by_hand);
    for words in [
        "they are those of 200@default, 2001@default; ",
        &format!("by hand, where Asterisk runs: {by_hand}\n"),
    ] {
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}

#[test]
fn variables_and_the_settings_file_do_as_flags_do() {
    let (site, manager) = (Site::new(), ScriptedManager::asterisk());
    let file = site.site.dir().join("vmimap.toml");
    let text = format!(
        "[lamps]\nrefresh_mwi = \"ami\"\nami = \"{}\"\nami_user = \"{USER}\"\n",
        manager.address()
    );
    fs::write(&file, text).unwrap();
    let call = |words: &[&str]| {
        let call = site
            .site
            .vmimap("expunge", words)
            .arg("--config")
            .arg(&file);
        call.env("VMIMAP_AMI_SECRET", SECRET)
    };
    let left = call(&["5001@sales", "--yes", "--refresh-mwi", "no", "--json"]).run();
    assert!(left.status(0).summary()["lamps"].is_null());
    call(&["2001@default", "--yes"]).run().status(0).silent();
    assert_eq!(manager.refreshed().len(), 2);
    let shown = site
        .site
        .vmimap("config", &["show", "--origin"])
        .arg("--config")
        .arg(&file);
    let shown = shown.env("VMIMAP_AMI_SECRET", SECRET).run().status(0);
    hides_the_secret(&shown);
    assert!(shown.stdout.contains("lamps.ami_user"), "{}", shown.stdout);
    assert!(
        shown.stdout.contains("lamps.ami_secret"),
        "{}",
        shown.stdout
    );
    fs::write(&file, "[lamps]\nami_sekret = \"x\"\n").unwrap();
    call(&["2001@default", "--yes"]).run().status(2);
}

#[test]
fn a_reload_touches_voicemail_conf_and_tells_asterisk() {
    let site = Site::new();
    let dir = site.site.dir();
    let program = dir.join("asterisk");
    let conf = site.site.conf();
    let script = "#!/bin/sh\nprintf '%s|' \"$@\" >>\"${0%/*}/ran\"\n";
    let install = |end: &str| {
        fs::write(&program, format!("{script}{end}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let file = fs::File::options().write(true).open(&conf).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    };
    install("echo Reloading voicemail configuration...");
    let words = ["2001@default", "--yes", "--refresh-mwi", "reload", "-v"];
    let call = |words: &[&str]| {
        site.site
            .vmimap("expunge", words)
            .arg("--asterisk")
            .arg(&program)
    };
    let ran = call(&words).run().status(0);
    let last = ran.stdout.lines().last().unwrap();
    assert_eq!(
        last,
        "lamps of 2 mailboxes, and of all others, refreshed by voicemail reload"
    );
    assert_eq!(
        fs::read_to_string(dir.join("ran")).unwrap(),
        "-rx|voicemail reload|"
    );
    let age = fs::metadata(&conf).unwrap().modified().unwrap().elapsed();
    assert!(age.unwrap_or_default() < Duration::from_mins(2));
    install("printf 'Unable to \\033[2Jconnect\\n' >&2; exit 1");
    let words = ["200@default", "--yes", "--refresh-mwi", "reload"];
    let ran = call(&words).run().status(3);
    let told = ran.stderr;
    assert!(
        told.contains("voicemail reload\": exit status: 1: Unable to"),
        "{told}"
    );
    assert!(!told.contains('\x1b'), "{told}");
}

#[test]
fn migrate_refreshes_the_mailboxes_it_appended_to() {
    let manager = ScriptedManager::asterisk();
    let site = Site::new();
    let spool = site.site.dir().join("spool");
    let accounts = ["200", "5001"].map(|n| {
        let context = if n == "200" { "default" } else { "sales" };
        support::fixtures::Account::new(context, n)
    });
    generate(
        &spool,
        &SpoolSpec {
            accounts: accounts.to_vec(),
            ..SpoolSpec::default()
        },
    );
    let words = [spool.to_str().unwrap(), "--refresh-mwi", "ami", "--json"];
    let ran = site
        .call("migrate", &words, &manager.address())
        .run()
        .status(0);
    assert_eq!(ran.summary()["lamps"]["refreshed"], 2);
    assert_eq!(manager.refreshed(), ["200@default", "5001@sales"]);
    // What is there already changes nothing.
    let again = site
        .call("migrate", &words, &manager.address())
        .run()
        .status(0);
    assert_eq!(again.summary()["lamps"]["mailboxes"], 0);
    assert_eq!(manager.refreshed().len(), 2);
}

#[test]
fn expire_and_repairs_refresh_lamps_too() {
    let manager = ScriptedManager::asterisk();
    let site = Site::new();
    let words = [
        "2001@default",
        "--older-than",
        "90d",
        "--yes",
        "--refresh-mwi",
        "ami",
    ];
    let ran = site
        .call("expire", &words, &manager.address())
        .run()
        .status(0);
    ran.silent();
    assert_eq!(manager.refreshed(), ["200@default", "2001@default"]);
    let mut mail = site.site.mail();
    mail.command("CREATE Urgent").ok();
    let lost = support::removal_site::voicemail("200", "default", 77, &[]);
    mail.append("Urgent", "()", support::removal_site::DATE, &lost)
        .ok();
    let words = [
        "--fix",
        "folders",
        "--yes",
        "--refresh-mwi",
        "ami",
        "--json",
    ];
    let ran = site.call("audit", &words, &manager.address()).run();
    let repairs = &ran.summary()["repairs"];
    assert_eq!(
        ran.summary()["lamps"]["error"],
        serde_json::Value::Null,
        "{repairs}"
    );
    assert!(
        ran.summary()["lamps"]["refreshed"].as_u64().unwrap() > 0,
        "{}",
        ran.stdout
    );
}

#[test]
fn doctor_logs_in_where_the_manager_interface_is_set_up() {
    let site = Site::new();
    let check = |address: &str| {
        let ran = site
            .call("doctor", &["--json", "--timeout", "2"], address)
            .run();
        hides_the_secret(&ran);
        let lines = ran.json();
        let found = lines.into_iter().find(|line| line["group"] == "lamps");
        found.map(|line| (line["verdict"].clone(), line["code"].clone()))
    };
    let well = ScriptedManager::asterisk();
    let (verdict, _) = check(&well.address()).unwrap();
    assert_eq!(verdict, "ok");
    assert_eq!(
        well.refreshed(),
        ["vmimap-doctor@vmimap-doctor"],
        "nobody's lamp"
    );
    let barred = ScriptedManager::playing(|said| match said.get("Action") {
        "VoicemailRefresh" => Play::Say(said.answer("Error", "Permission denied")),
        _ => asterisk(said),
    });
    assert_eq!(
        check(&barred.address()).unwrap(),
        ("error".into(), "VMD101".into())
    );
    assert_eq!(
        check("127.0.0.1:1").unwrap(),
        ("error".into(), "VMD100".into())
    );
    let ran = site.site.vmimap("doctor", &["--json"]).run();
    assert!(ran.json().iter().all(|line| line["group"] != "lamps"));
}
