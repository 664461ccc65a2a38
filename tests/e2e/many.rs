//! A folder of many messages: neither what leaves it nor what comes into it has the directory read
//! through for each message, which would take as long as the square of their number.

use crate::support;
use std::fs;

use support::cli::Vmimap;
use support::live_site::LiveSite as Site;

const MESSAGES: u64 = 300;

/// Runs a call to its end, and counts how often it asks for the names in a directory.
fn reads(site: &Site, call: Vmimap, what: &str) -> usize {
    let trace = site.below("trace");
    let words = ["strace", "-f", "--seccomp-bpf", "-o"];
    let words = [
        &words[..],
        &[trace.to_str().unwrap(), "-e", "trace=getdents64"],
    ]
    .concat();
    let ran = call.under(&words).run().status(0);
    assert_eq!(ran.count(what), MESSAGES, "{}", ran.stdout);
    fs::read_to_string(trace)
        .unwrap()
        .matches("getdents64(")
        .count()
}

#[test]
fn a_directory_is_not_read_through_for_each_of_its_messages() {
    let count = usize::try_from(MESSAGES).unwrap();
    let site = Site::new(count, &["1001"]);
    site.migrate(&[]).run().status(0);
    let call = |verb: &str| {
        Vmimap::new([verb, "--yes", "--json", "--voicemail-conf"])
            .arg(site.below("voicemail.conf"))
            .arg("--state-dir")
            .arg(site.below("state"))
    };
    let (spool, kept) = (site.below("spool"), site.below("kept"));
    let retire = call("retire").arg(&spool).arg("--to").arg(&kept);
    let away = reads(&site, retire, "moved");
    let back = reads(&site, call("retire").arg("--undo"), "moved");
    let export = Vmimap::new(["export", "--json", "--voicemail-conf"])
        .arg(site.below("voicemail.conf"))
        .arg("--state-dir")
        .arg(site.below("state"));
    let out = reads(&site, export.arg(site.below("out")), "written");
    for (what, reads) in [("away", away), ("back", back), ("out", out)] {
        assert!(reads < count / 2, "{what}: {reads}");
    }
}
