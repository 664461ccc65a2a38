//! `[general]`: the options that concern storage and the look of messages, with their defaults.
//!
//! Each value is what Asterisk would use: cut to its buffer, clamped, defaulted. Options of other
//! concern (prompts, dialling, paging) are known by name only, so that misspelt ones stand out.
//!
//! Source: `app_voicemail.c`, `actual_load_config`.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};

use super::catalogue::{self as code, Notices};
use super::dialect::{Entry, Section};
use super::formats;
use super::known::GENERAL_OPTIONS;
use super::origin::{Origin, Setting};
use super::values::{self, BadEscape};

/// The most messages Asterisk allows in a folder.
const MAX_MSG_LIMIT: u32 = 9999;
/// Asterisk's default for `maxmsg`.
const MAX_MSG: u32 = 100;

/// The general options that matter here.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // options keep their names; voicemail.conf's own documentation has them
pub struct General {
    pub imapserver: Setting<String>,
    pub imapport: Setting<String>,
    pub imapflags: Setting<String>,
    /// Empty means INBOX to c-client.
    pub imapfolder: Setting<String>,
    pub imapparentfolder: Setting<String>,
    pub authuser: Setting<String>,
    pub authpassword: Setting<SecretString>,
    pub expungeonhangup: Setting<bool>,
    pub imapgreetings: Setting<bool>,
    /// `greetingfolder`, else `greetingsfolder`, else [`Self::imapfolder`].
    pub greetingfolder: Setting<String>,
    pub imap_poll_logout: Setting<bool>,
    /// Seconds.
    pub imapopentimeout: Setting<i64>,
    /// Seconds.
    pub imapclosetimeout: Setting<i64>,
    /// Seconds.
    pub imapreadtimeout: Setting<i64>,
    /// Seconds.
    pub imapwritetimeout: Setting<i64>,
    pub pollmailboxes: Setting<bool>,
    /// Seconds.
    pub pollfreq: Setting<u32>,
    /// Distinct, in order, as spelt: `wav49` stays `wav49`.
    pub format: Setting<Vec<String>>,
    /// 0 to 9999; 0 takes greetings only.
    pub maxmsg: Setting<u32>,
    /// Seconds; 0 is no limit. `maxmessage` is its old name.
    pub maxsecs: Setting<i32>,
    pub serveremail: Setting<String>,
    pub fromstring: Setting<String>,
    pub charset: Setting<String>,
    pub emaildateformat: Setting<String>,
    /// Escapes are replaced already.
    pub emailsubject: Setting<String>,
    /// Escapes are replaced already; `None` is Asterisk's own text, an empty one is empty.
    pub emailbody: Setting<Option<String>>,
    pub pbxskip: Setting<bool>,
    /// The name of a zone in `[zonemessages]`.
    pub tz: Setting<String>,
    pub locale: Setting<String>,
    pub searchcontexts: Setting<bool>,
    pub aliasescontext: Setting<String>,
    /// Only older Asterisks read it, together with users.conf.
    pub userscontext: Setting<String>,
    /// Whether mailbox passwords lie in the spool; they are never read either way.
    pub passwordlocation: Setting<String>,
}

/// Looks options up in the section that counts.
struct Lookup<'a> {
    section: Option<&'a Section>,
    notices: &'a mut Notices,
}

impl Lookup<'_> {
    fn entry(&self, name: &str) -> Option<&Entry> {
        self.section?.first(name)
    }

    fn text(&mut self, name: &str, max: usize, default: &str) -> Setting<String> {
        let Some(entry) = self.entry(name).cloned() else {
            return Setting::default(default);
        };
        Setting::at(cut_text(name, &entry, max, self.notices), &entry.place)
    }

    fn flag(&self, name: &str) -> Setting<bool> {
        self.entry(name).map_or(Setting::default(false), |entry| {
            Setting::at(values::ast_true(&entry.value), &entry.place)
        })
    }

    fn seconds(&self, name: &str) -> Setting<i64> {
        self.entry(name).map_or(Setting::default(60), |entry| {
            Setting::at(values::atol(&entry.value), &entry.place)
        })
    }

    fn number<T>(&mut self, name: &str, default: T, scan: fn(&str) -> Option<T>) -> Setting<T> {
        let Some(entry) = self.entry(name).cloned() else {
            return Setting::default(default);
        };
        if let Some(number) = scan(&entry.value) {
            return Setting::at(number, &entry.place);
        }
        let message = format!("{name} is not a number; the default is used");
        self.notices.at(&code::BAD_NUMBER, &entry.place, message);
        Setting::default(default)
    }

    fn escaped(&mut self, name: &str) -> Option<Setting<String>> {
        let entry = self.entry(name).cloned()?;
        Some(Setting::at(
            unescape(name, &entry, &entry.value, self.notices),
            &entry.place,
        ))
    }

    fn format(&mut self) -> Setting<Vec<String>> {
        let Some(entry) = self.entry("format").cloned() else {
            return Setting::default(["wav".to_owned()]);
        };
        let (mut kept, unknown) = formats::reduce(&entry.value);
        for name in unknown {
            let message = format!("format {name:?} is unknown, or beyond the tenth, and ignored");
            self.notices.at(&code::BAD_FORMAT, &entry.place, message);
        }
        if kept.is_empty() {
            kept.push("wav".to_owned());
            let message = "no format that is known is left; Asterisk records wav";
            self.notices.at(&code::BAD_FORMAT, &entry.place, message);
        }
        Setting::at(kept, &entry.place)
    }
}

impl General {
    /// Reads the section; `None` is a file without one.
    pub(super) fn read(section: Option<&Section>, notices: &mut Notices) -> Self {
        remark(section.map_or(&[], |section| &section.entries), notices);
        let mut of = Lookup { section, notices };
        let maxsecs = ["maxsecs", "maxmessage"];
        let maxsecs = maxsecs.into_iter().find(|name| of.entry(name).is_some());
        let imapfolder = of.text("imapfolder", 63, "INBOX");
        let greetings = ["greetingfolder", "greetingsfolder"];
        let greetings = greetings.into_iter().find(|name| of.entry(name).is_some());
        let authpassword = of.text("authpassword", 41, "");
        Self {
            imapserver: of.text("imapserver", 47, "localhost"),
            imapport: of.text("imapport", 7, "143"),
            imapflags: of.text("imapflags", 127, ""),
            imapparentfolder: of.text("imapparentfolder", 63, ""),
            authuser: of.text("authuser", 31, ""),
            authpassword: Setting {
                value: authpassword.value.into(),
                origin: authpassword.origin,
            },
            expungeonhangup: of
                .entry("expungeonhangup")
                .map_or(Setting::default(true), |entry| {
                    Setting::at(!values::ast_false(&entry.value), &entry.place)
                }),
            imapgreetings: of.flag("imapgreetings"),
            greetingfolder: greetings
                .map_or_else(|| imapfolder.clone(), |name| of.text(name, 63, "")),
            imapfolder,
            imap_poll_logout: of.flag("imap_poll_logout"),
            imapopentimeout: of.seconds("imapopentimeout"),
            imapclosetimeout: of.seconds("imapclosetimeout"),
            imapreadtimeout: of.seconds("imapreadtimeout"),
            imapwritetimeout: of.seconds("imapwritetimeout"),
            pollmailboxes: of.flag("pollmailboxes"),
            pollfreq: of.number("pollfreq", 30, values::scan_unsigned),
            format: of.format(),
            maxmsg: match of.entry("maxmsg").cloned() {
                None => Setting::default(MAX_MSG),
                Some(entry) => Setting::at(max_msg(&entry, &entry.value, of.notices), &entry.place),
            },
            maxsecs: of.number(maxsecs.unwrap_or("maxsecs"), 0, values::scan_int),
            serveremail: of.text("serveremail", 79, "asterisk"),
            fromstring: of.text("fromstring", 99, ""),
            charset: of.text("charset", 31, "ISO-8859-1"),
            emaildateformat: of.text("emaildateformat", 31, "%A, %B %d, %Y at %r"),
            emailsubject: of.escaped("emailsubject").unwrap_or(Setting::default("")),
            emailbody: match of.escaped("emailbody") {
                None => Setting::default(None),
                Some(Setting { value, origin }) => Setting {
                    value: Some(value),
                    origin,
                },
            },
            pbxskip: of.flag("pbxskip"),
            tz: of.text("tz", 79, ""),
            locale: of.text("locale", 19, ""),
            searchcontexts: of.flag("searchcontexts"),
            aliasescontext: of.text("aliasescontext", 79, ""),
            userscontext: of.text("userscontext", 79, "default"),
            passwordlocation: of.text("passwordlocation", 79, "voicemail.conf"),
        }
    }

    /// Every option with its value (passwords masked) and origin, in the order of the struct.
    #[must_use]
    pub fn describe(&self) -> Vec<(&'static str, String, Origin)> {
        macro_rules! rows {
            ($($name:ident $show:expr;)*) => {
                vec![$((stringify!($name), {
                    let value = &self.$name.value;
                    $show(value)
                }, self.$name.origin.clone())),*]
            };
        }
        fn shown<T: ToString>(value: &T) -> String {
            value.to_string()
        }
        #[allow(clippy::trivially_copy_pass_by_ref)] // called like its siblings
        fn yes_no(value: &bool) -> String {
            if *value { "yes" } else { "no" }.to_owned()
        }
        fn masked(value: &SecretString) -> String {
            let empty = value.expose_secret().is_empty();
            if empty { "" } else { "********" }.to_owned()
        }
        fn joined(value: &[String]) -> String {
            value.join("|")
        }
        #[allow(clippy::ref_option)]
        fn text(value: &Option<String>) -> String {
            value.clone().unwrap_or_default()
        }
        rows! {
            imapserver shown; imapport shown; imapflags shown; imapfolder shown;
            imapparentfolder shown; authuser shown; authpassword masked;
            expungeonhangup yes_no; imapgreetings yes_no; greetingfolder shown;
            imap_poll_logout yes_no; imapopentimeout shown; imapclosetimeout shown;
            imapreadtimeout shown; imapwritetimeout shown; pollmailboxes yes_no; pollfreq shown;
            format joined; maxmsg shown; maxsecs shown; serveremail shown; fromstring shown;
            charset shown; emaildateformat shown; emailsubject shown; emailbody text;
            pbxskip yes_no; tz shown; locale shown; searchcontexts yes_no; aliasescontext shown;
            userscontext shown; passwordlocation shown;
        }
    }
}

/// Remarks on options that are unknown or stand there twice.
fn remark(entries: &[Entry], notices: &mut Notices) {
    let mut first: HashMap<String, &Entry> = HashMap::new();
    for entry in entries {
        let key = entry.key.to_ascii_lowercase();
        if !GENERAL_OPTIONS.contains(&key.as_str()) {
            let message = format!("{} is not an option of [general]", entry.key);
            notices.at(&code::UNKNOWN_OPTION, &entry.place, message);
        } else if first.get(&key).is_some_and(|one| one.value != entry.value) {
            let message = format!(
                "{key} has another value at {}: Asterisk up to 22, and so vmimap, uses that one, \
                 Asterisk 23 the last one",
                first[&key].place
            );
            notices.at(&code::OPTION_REPEATED, &entry.place, message);
        } else {
            first.entry(key).or_insert(entry);
        }
    }
}

/// The value as it fits into Asterisk's buffer.
fn cut_text(name: &str, entry: &Entry, max: usize, notices: &mut Notices) -> String {
    let (kept, was_cut) = values::cut(&entry.value, max);
    if was_cut {
        let message = format!("{name} is cut to {max} octets");
        notices.at(&code::VALUE_CUT, &entry.place, message);
    }
    kept.to_owned()
}

/// Replaces escapes and remarks on the ones Asterisk drops.
pub(super) fn unescape(name: &str, entry: &Entry, value: &str, notices: &mut Notices) -> String {
    let (text, bad) = values::substitute_escapes(value);
    if let Some(bad) = bad {
        let message = match bad {
            BadEscape::Unknown(c) => format!("{name}: escape \\{c} is dropped"),
            BadEscape::Incomplete => format!("{name}: backslash at the end is dropped"),
        };
        notices.at(&code::ESCAPE_DROPPED, &entry.place, message);
    }
    text
}

/// `maxmsg` as Asterisk clamps it.
pub(super) fn max_msg(entry: &Entry, value: &str, notices: &mut Notices) -> u32 {
    let (number, message) = match u32::try_from(values::atoi(value)) {
        Err(_) => (MAX_MSG, "maxmsg is below 0; 100 is used"),
        Ok(number) if number > MAX_MSG_LIMIT => {
            (MAX_MSG_LIMIT, "maxmsg is above 9999; 9999 is used")
        }
        Ok(number) => return number,
    };
    notices.at(&code::BAD_NUMBER, &entry.place, message);
    number
}
