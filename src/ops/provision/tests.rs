//! The plan, from voicemail.conf and what an account holds.

use std::collections::HashSet;

use crate::mailstore::name::MailboxName;
use crate::mailstore::session::SpecialUse;
use crate::mailstore::types::{ListedFolder, Namespace};
use crate::ops::account::Overrides;
use crate::ops::fleet;
use crate::voicemail::conf::{LoadOptions, Mailbox, VoicemailConf, load};
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::vmbox::VoicemailBox;

use super::plan::{Action, BoxPlan, Purpose, View, Wanted, make};
use super::remarks;

fn conf(general: &str, boxes: &[&str]) -> VoicemailConf {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("voicemail.conf");
    let lines: Vec<String> = boxes
        .iter()
        .map(|line| {
            let (number, options) = line.split_once(' ').unwrap_or((line, ""));
            format!("{number} => 1,,,,imapuser=u|imappassword=p{options}\n")
        })
        .collect();
    let text = format!("[general]\n{general}\n[a]\n{}", lines.concat());
    std::fs::write(&path, text).unwrap();
    load(&path, &LoadOptions::default()).unwrap()
}

fn view(prefix: &str, delimiter: char, folders: &[(&str, &[&str])]) -> View {
    let mut view = View::unknown();
    view.overview.namespace = Namespace {
        prefix: prefix.to_owned(),
        delimiter: Some(delimiter),
    };
    view.overview.folders = folders
        .iter()
        .map(|(name, attributes)| ListedFolder {
            name: MailboxName::from_wire(name).unwrap(),
            delimiter: Some(delimiter),
            selectable: true,
            attributes: attributes.iter().map(ToString::to_string).collect(),
        })
        .collect();
    view
}

fn plans(conf: &VoicemailConf, wanted: &Wanted, view: &View) -> Vec<BoxPlan> {
    let boxes: Vec<&Mailbox> = conf.mailboxes.iter().collect();
    let plans = make(conf, "u@host:143", &boxes, wanted, view);
    plans.into_iter().map(Result::unwrap).collect()
}

/// What will be done, one line a folder.
fn told(plan: &BoxPlan) -> Vec<String> {
    let one = |folder: &super::plan::PlannedFolder| {
        let what = match &folder.action {
            Action::Create => "create".to_owned(),
            Action::Keep => "keep".to_owned(),
            Action::SharedWith(owner) => format!("as {owner}"),
            Action::Refuse(why) => why.rsplit("; ").next().unwrap().to_owned(),
        };
        let subscribe = if folder.subscribe { ", subscribe" } else { "" };
        format!("{}: {what}{subscribe}", folder.name)
    };
    plan.folders.iter().map(one).collect()
}

fn only(folders: &[VoicemailFolder]) -> Wanted {
    Wanted {
        only: folders.to_vec(),
        subscribe: true,
        ..Wanted::default()
    }
}

#[test]
fn each_impossible_name_has_its_own_cure() {
    let general = "imapfolder=Voice\nimapgreetings=yes\ngreetingsfolder=Hi";
    let below = view("INBOX.", '.', &[("INBOX", &[])]);
    let wanted = Wanted {
        no_old: true,
        ..Wanted::default()
    };
    let conf_without = conf(general, &["1"]);
    assert_eq!(
        told(&plans(&conf_without, &wanted, &below)[0]),
        [
            "Voice: write imapfolder=INBOX.Voice in voicemail.conf",
            "Work: set imapparentfolder=INBOX in voicemail.conf",
            "Family: set imapparentfolder=INBOX in voicemail.conf",
            "Friends: set imapparentfolder=INBOX in voicemail.conf",
            "Hi: write greetingsfolder=INBOX.Hi in voicemail.conf",
        ]
    );
    let conf_with = conf("imapparentfolder=Phone", &["1"]);
    assert_eq!(
        told(&plans(&conf_with, &wanted, &below)[0])[0],
        "Phone.Work: write imapparentfolder=INBOX.Phone in voicemail.conf"
    );
    assert!(plans(&conf_with, &wanted, &below)[0].wishes().is_empty());
}

#[test]
fn a_folder_that_exists_is_kept_whatever_the_prefix_says() {
    let conf = conf("", &["1"]);
    let odd = view("INBOX.", '.', &[("INBOX", &[]), ("Work", &[])]);
    let plan = &plans(&conf, &only(&[VoicemailFolder::Work]), &odd)[0];
    assert_eq!(told(plan), ["Work: keep, subscribe"]);
}

#[test]
fn a_folder_with_several_purposes_or_owners_is_wished_for_once() {
    let general = "imapgreetings=yes\ngreetingsfolder=Work";
    let conf = conf(general, &["1 |imapfolder=Work", "5 |imapfolder=Desk"]);
    let wanted = Wanted {
        no_old: true,
        subscribe: true,
        ..Wanted::default()
    };
    let mut there = view("", '/', &[("INBOX", &[]), ("Family", &[])]);
    there.subscribed = HashSet::from([MailboxName::from_wire("Family").unwrap()]);
    let both = plans(&conf, &wanted, &there);
    assert_eq!(
        told(&both[0]),
        [
            "Work: create, subscribe",
            "Family: keep",
            "Friends: create, subscribe"
        ]
    );
    assert_eq!(
        both[0].folders[0].purposes,
        [
            Purpose::ImapFolder,
            Purpose::Named(VoicemailFolder::Work),
            Purpose::Greetings
        ]
    );
    assert_eq!(
        told(&both[1]),
        [
            "Desk: create, subscribe",
            "Work: as 1@a",
            "Family: as 1@a",
            "Friends: as 1@a"
        ]
    );
    let wishes: Vec<usize> = both.iter().map(|plan| plan.wishes().len()).collect();
    assert_eq!(
        wishes,
        [2, 1],
        "what is there and subscribed to needs nothing"
    );
}

#[test]
fn inbox_is_never_made_and_urgent_is_none() {
    let conf = conf("imapgreetings=yes", &["1"]);
    let all = Wanted {
        all_folders: true,
        ..Wanted::default()
    };
    let names: Vec<String> = plans(&conf, &all, &View::unknown())[0]
        .folders
        .iter()
        .map(|one| one.name.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "Old", "Work", "Family", "Friends", "Cust1", "Cust2", "Cust3", "Cust4", "Cust5",
            "Deleted"
        ]
    );
}

#[test]
fn old_is_marked_as_archive_only_when_new_and_the_only_one() {
    let conf = conf("", &["1"]);
    let wanted = Wanted {
        special_use: true,
        ..only(&[VoicemailFolder::Old, VoicemailFolder::Deleted])
    };
    let use_of = |folders: &[(&str, &[&str])]| {
        let plan = &plans(&conf, &wanted, &view("", '/', folders))[0];
        let uses: Vec<_> = plan.folders.iter().map(|one| one.special_use).collect();
        (uses[0], uses[1])
    };
    assert_eq!(use_of(&[("INBOX", &[])]), (Some(SpecialUse::Archive), None));
    assert_eq!(use_of(&[("Old", &[])]), (None, None));
    assert_eq!(use_of(&[("Archive", &["\\archive"])]), (None, None));
}

#[test]
fn a_collision_names_the_other_box_from_both_sides_and_counts_the_rest() {
    let conf = conf("", &["20", "200", "201", "202", "203", "7"]);
    let boxes: Vec<VoicemailBox> = ["20", "203", "7"]
        .map(|n| VoicemailBox::new(n, "a"))
        .to_vec();
    let groups = fleet::with_neighbours(&conf, &Overrides::default(), boxes);
    let found: Vec<String> = remarks::collisions(&conf, &groups[0])
        .into_iter()
        .map(|(vmbox, text)| format!("{vmbox}: {text}"))
        .collect();
    assert_eq!(
        found,
        [
            "20@a: its phone also shows, plays and deletes the messages of 203@a, 200@a, 201@a and 1 more",
            "203@a: the phone of 20@a also shows, plays and deletes its messages",
        ]
    );
}

#[test]
fn a_foreign_delimiter_is_noticed() {
    let conf = conf("imapfolder=INBOX.Voice", &["1"]);
    let plan = &plans(&conf, &only(&[VoicemailFolder::Inbox]), &view("", '/', &[]))[0];
    assert_eq!(plan.folders[0].foreign_delimiter, Some('.'));
    assert_eq!(told(plan), ["INBOX.Voice: create, subscribe"]);
}
