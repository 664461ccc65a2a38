//! The final folder names: what Asterisk will open, whether it is there, and what lies beside it.
//!
//! Source: `app_voicemail.c`, `imap_mailbox_name`; asterisk-findings 1.8 to 1.10.

use super::catalogue as code;
use super::check::{Check, Group};
use super::visit::Chart;
use crate::mailstore::name::MailboxName;
use crate::ops::folders::{FolderMap, greetings_folder};
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::folder::{Home, VoicemailFolder};

const GROUP: Group = Group::Folders;

/// The folders that Asterisk uses of itself: Deleted is opened by nobody's menu.
fn used(home: Home) -> bool {
    !matches!(
        home,
        Home::Named(VoicemailFolder::Old | VoicemailFolder::Deleted)
    )
}

/// Folders beside those Asterisk reads, where it or its manual of 2006 has put messages.
pub(super) fn strays(conf: &VoicemailConf) -> Vec<MailboxName> {
    let mut names = vec!["Old"];
    if conf.parent_folder().is_some() {
        names.extend(["Work", "Family", "Friends"]);
    }
    names
        .into_iter()
        .filter_map(|name| MailboxName::from_wire(name).ok())
        .collect()
}

/// The folder for greetings, where they are kept in IMAP.
pub(super) fn greetings(conf: &VoicemailConf) -> Option<MailboxName> {
    if !conf.general.imapgreetings.value {
        return None;
    }
    greetings_folder(conf).ok()
}

/// Judges the folders of one account.
pub(super) fn check(chart: &Chart<'_>, checks: &mut Vec<Check>) {
    names(chart, checks);
    stranded(chart, checks);
}

/// What there is to say about the names, by kind; each name once.
#[derive(Default)]
struct Names {
    shapes: Vec<String>,
    missing: Vec<String>,
    foreign: Vec<String>,
    impossible: Vec<String>,
}

fn sorted_out(chart: &Chart<'_>) -> Names {
    let mut names = Names::default();
    let greetings = greetings(chart.conf);
    for map in &chart.layout.maps {
        let mut shape = shape(map);
        let all = map.all().iter().filter(|(home, _)| used(*home));
        let mut all: Vec<(&MailboxName, &str)> = all
            .map(|(home, name)| match home {
                Home::ImapFolder => (name, " (imapfolder)"),
                Home::Named(_) => (name, ""),
            })
            .collect();
        if let Some(greetings) = &greetings {
            shape = format!("{shape}; {greetings} for greetings");
            all.push((greetings, " (greetingsfolder)"));
        }
        push_new(&mut names.shapes, shape);
        for (name, what) in all {
            if map.missing_prefix(name).is_some() && !chart.is_there(name) {
                push_new(&mut names.impossible, format!("{name}{what}"));
            } else if chart.overview.foreign_delimiter(name).is_some() {
                push_new(&mut names.foreign, format!("{name}{what}"));
            } else if !chart.is_there(name) {
                push_new(&mut names.missing, name.to_string());
            }
        }
    }
    names
}

fn names(chart: &Chart<'_>, checks: &mut Vec<Check>) {
    const TOPIC: &str = "names";
    let names = sorted_out(chart);
    let space = &chart.overview.namespace;
    let label = chart.label;
    for shape in names.shapes {
        checks.push(Check::pass(GROUP, TOPIC, label, shape));
    }
    if !names.impossible.is_empty() {
        let (which, prefix) = (names.impossible.join(", "), &space.prefix);
        let text = format!(
            "{which}: names there begin with {prefix}, so they can be neither made nor opened"
        );
        let row = &code::FOLDER_IMPOSSIBLE;
        checks.push(Check::finding(row, GROUP, TOPIC, label, text));
    }
    if !names.foreign.is_empty() {
        let own = match space.delimiter {
            Some(own) => format!("the delimiter {own}"),
            None => "no delimiter".to_owned(),
        };
        let text = format!("{}: the server has {own}", names.foreign.join(", "));
        let row = &code::FOREIGN_FOLDER;
        checks.push(Check::finding(row, GROUP, TOPIC, label, text));
    }
    if !names.missing.is_empty() {
        let text = format!("not there yet: {}", names.missing.join(", "));
        let row = &code::FOLDER_MISSING;
        checks.push(Check::finding(row, GROUP, "missing", label, text));
    }
}

fn push_new(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

/// `new, old, urgent: INBOX; Work, Family, ...` as one sentence.
fn shape(map: &FolderMap) -> String {
    let named: Vec<String> = map
        .all()
        .iter()
        .filter(|(home, _)| *home != Home::ImapFolder && used(*home))
        .map(|(_, name)| name.to_string())
        .collect();
    format!(
        "{} for new, old and urgent messages; {}",
        map.imapfolder(),
        named.join(", ")
    )
}

/// Messages where no phone looks: a folder called Old, and, below a parent, a top-level Work.
fn stranded(chart: &Chart<'_>, checks: &mut Vec<Check>) {
    let mut where_to: Vec<String> = Vec::new();
    let old = chart.layout.shelves.iter().filter_map(|shelf| {
        let only_old = shelf
            .roles
            .iter()
            .all(|(_, home)| *home == Home::Named(VoicemailFolder::Old));
        only_old.then(|| shelf.name.clone())
    });
    let beside = strays(chart.conf).into_iter().filter(|name| {
        let shelves = &chart.layout.shelves;
        !shelves.iter().any(|shelf| shelf.name == *name)
    });
    for name in old.chain(beside) {
        if let Some(status) = chart.status(&name)
            && status.messages > 0
        {
            where_to.push(format!("{} in {name}", status.messages));
        }
    }
    if !where_to.is_empty() {
        let text = format!("messages that no phone shows: {}", where_to.join(", "));
        checks.push(Check::finding(
            &code::STRANDED,
            GROUP,
            "stranded",
            chart.label,
            text,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailstore::session::{Namespaces, Overview};
    use crate::mailstore::types::{FolderStatus, ListedFolder, Namespace};
    use crate::ops::index::Layout;
    use crate::voicemail::conf::{LoadOptions, load};

    #[test]
    fn a_folder_that_is_there_is_possible_whatever_the_prefix_says() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        let text = "[general]\n[a]\n1 => 1,,,,imapuser=u|imappassword=p\n";
        std::fs::write(&path, text).unwrap();
        let conf = load(&path, &LoadOptions::default()).unwrap();
        let space = Namespace {
            prefix: "INBOX.".to_owned(),
            delimiter: Some('.'),
        };
        let there = ["INBOX", "Work"].map(|name| MailboxName::from_wire(name).unwrap());
        let listed = |name: &MailboxName| ListedFolder {
            name: name.clone(),
            delimiter: Some('.'),
            selectable: true,
            attributes: Vec::new(),
        };
        let overview = Overview {
            folders: there.iter().map(listed).collect(),
            namespace: space.clone(),
            namespaces: Namespaces {
                personal: vec![space],
                ..Namespaces::default()
            },
            quota: None,
        };
        let status = FolderStatus::default();
        let boxes = conf.mailboxes.iter().map(|one| one.vmbox.clone());
        let chart = Chart {
            conf: &conf,
            label: "u",
            auth_user: None,
            overview: &overview,
            layout: Layout::new(&conf, boxes.collect(), &overview).unwrap(),
            there: there.map(|name| (name, Ok(status))).to_vec(),
        };
        let impossible = sorted_out(&chart).impossible;
        assert!(impossible.contains(&"Family".to_owned()), "{impossible:?}");
        assert!(!impossible.contains(&"Work".to_owned()), "{impossible:?}");
    }
}
