//! Every type of line and every field that a verb writes with `--json` stands in `docs/json.md`.

use crate::support;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::stage::Stage;

/// Everything that stands between backquotes, and the words of it.
fn documented() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let text = fs::read_to_string(path).unwrap();
    let spans = text.split('`').skip(1).step_by(2);
    spans.map(str::to_owned).collect()
}

#[test]
fn every_type_and_field_that_verbs_write_is_documented() {
    let documented = documented();
    let mut stage = Stage::new("spool conf quota=default-4125:40");
    stage.file(
        "/etc/vmimap.toml",
        "[[expire]]\nstate = \"old\"\nkeep_newest = 1\n",
    );
    stage.step("left default-4124 INBOX 4124 default Caller-ID-Name=-");
    let spool = "/var/spool/asterisk/voicemail";
    let mut unknown = BTreeSet::new();
    let mut types = BTreeSet::new();
    for words in [
        "config show".to_owned(),
        format!("doctor --spool {spool}"),
        "provision".to_owned(),
        format!("migrate {spool}"),
        "list --messages".to_owned(),
        "quota".to_owned(),
        format!("audit --spool {spool}"),
        "audit --fix --yes".to_owned(),
        "audit --explain all".to_owned(),
        "expunge --dry-run --older-than 1d".to_owned(),
        "expire --dry-run --explain".to_owned(),
        "expunge --yes --state old 4123@sales".to_owned(),
        "export /srv/voicemail".to_owned(),
    ] {
        let printed = stage.run(&format!("vmimap {words} --json"));
        for line in printed.lines().filter(|line| line.starts_with('{')) {
            let line: Value = serde_json::from_str(line).expect(line);
            let kind = line["type"].as_str().unwrap().to_owned();
            for name in line.as_object().unwrap().keys().chain([&kind]) {
                if !documented.contains(name) && name != "type" && name != "format" {
                    unknown.insert(format!("{words}: {name} of {kind}"));
                }
            }
            types.insert(kind);
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(types.len() >= 14, "{types:?}");
}
