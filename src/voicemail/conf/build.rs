//! From sections to mailboxes: which lines count, and what is wrong with them.
//!
//! Source: `app_voicemail.c`, `load_users`, `load_zonemessages`, `load_aliases`, `find_or_create`.

use std::collections::{HashMap, HashSet};

use secrecy::ExposeSecret;

use super::account::AccountError;
use super::catalogue::{self as code, Notices};
use super::dialect::{Document, Entry, Section};
use super::general::General;
use super::mailbox::{MAX_TEXT, Mailbox};
use super::origin::{Origin, Place};
use super::values::cut;
use super::{VoicemailConf, Zone, lookup_key};
use crate::voicemail::notice::CodeRow;
use crate::voicemail::vmbox::VoicemailBox;

/// Turns a document into a configuration (without its notices, which are still being collected).
pub(super) fn build(document: &Document, notices: &mut Notices) -> VoicemailConf {
    let general = General::read(document.section("general"), notices);
    let aliases = general.aliasescontext.value.clone();
    for name in ["general", "zonemessages", &aliases] {
        for section in document.named(name).skip(1).filter(|_| !name.is_empty()) {
            let message = format!("a second section [{name}] is ignored");
            notices.at(&code::SECTION_REPEATED, &section.place, message);
        }
    }
    let zones = zones(document.section("zonemessages"), notices);
    let by_zone = zones
        .iter()
        .zip(0..)
        .map(|(zone, index)| (zone.name.clone(), index));
    let mut conf = VoicemailConf {
        by_zone: by_zone.collect(),
        zones,
        aliases: pairs(document.section(&aliases).filter(|_| !aliases.is_empty())),
        general,
        mailboxes: Vec::new(),
        notices: Vec::new(),
        by_name: HashMap::new(),
        by_user: HashMap::new(),
        octets: false,
    };
    for section in document.sections.iter().filter(|section| !section.template) {
        let special = ["general", "zonemessages", &aliases];
        if !special
            .iter()
            .any(|name| section.name.eq_ignore_ascii_case(name))
        {
            mailboxes(&mut conf, section, notices);
        }
    }
    check(&conf, notices);
    conf
}

/// The zones; of two with one name the last counts.
fn zones(section: Option<&Section>, notices: &mut Notices) -> Vec<Zone> {
    let mut zones = Vec::new();
    for entry in section.map_or(&[][..], |section| &section.entries) {
        let Some((timezone, format)) = entry.value.split_once(['|', ',']) else {
            notices.at(
                &code::BAD_ZONE,
                &entry.place,
                "zone without a format is ignored",
            );
            continue;
        };
        zones.push(Zone {
            name: cut(&entry.key, MAX_TEXT).0.to_owned(),
            timezone: cut(timezone, MAX_TEXT).0.to_owned(),
            format: cut(format, 511).0.to_owned(),
            origin: entry.place.clone(),
        });
    }
    zones
}

/// The lines of a section as pairs.
fn pairs(section: Option<&Section>) -> Vec<(String, String)> {
    let entries = section.map_or(&[][..], |section| &section.entries);
    let pair = |entry: &Entry| (entry.key.to_string(), entry.value.to_string());
    entries.iter().map(pair).collect()
}

/// Adds the mailboxes of one section.
fn mailboxes(conf: &mut VoicemailConf, section: &Section, notices: &mut Notices) {
    for entry in &section.entries {
        let (number, was_cut) = cut(&entry.key, MAX_TEXT);
        let vmbox = VoicemailBox::new(number, &*section.name);
        let mut remark = |row: &CodeRow, what: &str| {
            notices.at(row, &entry.place, format!("mailbox {vmbox}: {what}"));
        };
        if number.starts_with('*') {
            remark(&code::STAR_MAILBOX, "a number beginning with * is ignored");
            continue;
        }
        if !is_dir_name(number) || !is_dir_name(&section.name) {
            remark(
                &code::UNSAFE_NAME,
                "number or context cannot name a directory",
            );
            continue;
        }
        if was_cut {
            remark(&code::VALUE_CUT, "number is cut to 79 octets");
        }
        let key = conf.key(&vmbox);
        if let Some(&first) = conf.by_name.get(&key) {
            let what = duplicate(&conf.mailboxes[first], &vmbox);
            remark(&code::DUPLICATE_MAILBOX, &what);
            continue;
        }
        if ![number, &section.name].iter().all(|name| is_plain(name)) {
            let what = "number or context holds @, a blank or a character outside ASCII";
            remark(&code::ODD_NAME, what);
        }
        let mailbox = Mailbox::parse(vmbox, entry, notices);
        let index = conf.mailboxes.len();
        let user = mailbox
            .options
            .imapuser
            .as_deref()
            .unwrap_or("")
            .to_ascii_lowercase();
        conf.by_user.entry(user).or_insert(index);
        conf.by_name.insert(key, index);
        conf.mailboxes.push(mailbox);
    }
}

/// Why a mailbox does not count beside the first one with its number.
fn duplicate(first: &Mailbox, vmbox: &VoicemailBox) -> String {
    let place = &first.origin;
    if first.vmbox.context.eq_ignore_ascii_case(&vmbox.context) {
        format!("defined at {place} already; this line is ignored")
    } else {
        format!(
            "searchcontexts=yes allows a number once, and {place} has defined {}; this line is \
             ignored",
            first.vmbox
        )
    }
}

/// Whether a name reads back from `number@context` and from a header.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_graphic() && b != b'@')
}

/// Whether a name can be one directory below the spool.
fn is_dir_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
}

/// Remarks on what each mailbox comes to together with the general section.
fn check(conf: &VoicemailConf, notices: &mut Notices) {
    let general = &conf.general;
    let mut told = HashSet::new();
    for folder in [
        &general.imapfolder,
        &general.imapparentfolder,
        &general.greetingfolder,
    ] {
        if let Origin::Line(place) = &folder.origin
            && !folder.value.is_ascii()
            && told.insert((code::FOLDER_NOT_ASCII.code, place.clone()))
        {
            let message = format!("folder {:?} is not plain ASCII", folder.value);
            notices.at(&code::FOLDER_NOT_ASCII, place, message);
        }
    }
    if !general.tz.value.is_empty() && conf.zone(&general.tz.value).is_none() {
        let message = format!("tz {:?} is not in [zonemessages]", general.tz.value);
        notices.about(&code::UNKNOWN_ZONE, &general.tz.origin, message);
    }
    for mailbox in &conf.mailboxes {
        check_mailbox(conf, mailbox, notices);
        if conf.seen_by_imap_build(mailbox) {
            check_account(conf, mailbox, notices, &mut told);
        }
    }
}

fn check_mailbox(conf: &VoicemailConf, mailbox: &Mailbox, notices: &mut Notices) {
    let mut remark = |row: &CodeRow, what: &str| {
        let message = format!("mailbox {}: {what}", mailbox.vmbox);
        notices.at(row, &mailbox.origin, message);
    };
    let options = &mailbox.options;
    if let Some(tag) = options.tz.as_deref()
        && !tag.is_empty()
        && conf.zone(tag).is_none()
    {
        let what = format!("tz {tag:?} is not in [zonemessages]");
        remark(&code::UNKNOWN_ZONE, &what);
    }
    if options
        .imapfolder
        .as_ref()
        .is_some_and(|name| !name.is_ascii())
    {
        remark(&code::FOLDER_NOT_ASCII, "imapfolder is not plain ASCII");
    }
    if !conf.seen_by_imap_build(mailbox) {
        remark(&code::NOT_SEEN, "has no imap option");
    }
}

/// Remarks on a mailbox's account. `told` holds the faults of the general section that were told
/// already: one line of it is not told again for every mailbox.
fn check_account(
    conf: &VoicemailConf,
    mailbox: &Mailbox,
    notices: &mut Notices,
    told: &mut HashSet<(&'static str, Place)>,
) {
    let account = conf.account(mailbox);
    let mut remark = |row: &CodeRow, what: &str| {
        let message = format!("mailbox {}: {what}", mailbox.vmbox);
        notices.at(row, &mailbox.origin, message);
    };
    if account.imap_user.is_none() {
        remark(&code::NO_USER, "has no imapuser");
    } else if account.password.is_none() {
        remark(&code::NO_PASSWORD, "has no password in voicemail.conf");
    }
    let own = mailbox.options.imappassword.as_ref();
    let own = own.map(ExposeSecret::expose_secret);
    let used = account.password.as_ref().map(ExposeSecret::expose_secret);
    let general = conf.general.authpassword.value.expose_secret();
    if general.is_empty()
        && own.is_some()
        && used.is_some()
        && own != used
        && let Some(first) = conf.first_with_user(mailbox)
    {
        let what = format!(
            "its imappassword is not used, but that of {}, the first with this imapuser ({})",
            first.vmbox, first.origin
        );
        remark(&code::PASSWORD_SHARED, &what);
    }
    let own_line = Origin::Line(mailbox.origin.clone());
    for fault in account.faults() {
        let (row, origin) = match &fault {
            AccountError::Port(_) => (&code::BAD_PORT, &account.port.origin),
            AccountError::Server(_) => (&code::BAD_SERVER, &account.server.origin),
            AccountError::Flags(_) => (&code::BAD_FLAGS, &account.flags.origin),
            AccountError::User(_) => (&code::BAD_USER, &own_line),
            AccountError::PrefixTooLong => (&code::PREFIX_CUT, &own_line),
        };
        match origin {
            Origin::Line(place) if *place != mailbox.origin => {
                if told.insert((row.code, place.clone())) {
                    notices.at(row, place, fault.to_string());
                }
            }
            _ => {
                let message = format!("mailbox {}: {fault}", mailbox.vmbox);
                notices.about(row, origin, message);
            }
        }
    }
}

impl VoicemailConf {
    /// What a mailbox is looked up by; `searchcontexts` makes the number alone decide.
    pub(super) fn key(&self, vmbox: &VoicemailBox) -> String {
        lookup_key(vmbox, self.general.searchcontexts.value)
    }
}
