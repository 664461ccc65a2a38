//! The `[general]` section: what is in force, and where it was said.

use std::time::Duration;

use secrecy::SecretString;

use super::catalogue;
use super::dialect::{Entry, Section};
use super::origin::Origin;
use crate::voicemail::compose::{
    DEFAULT_CHARSET, DEFAULT_DATE_FORMAT, DEFAULT_SERVER_EMAIL, substitute_escapes,
};
use crate::voicemail::notice::Notice;

/// `maxmsg` where none is set (`MAXMSG`).
pub const DEFAULT_MAXMSG: u32 = 100;
/// The largest `maxmsg` Asterisk accepts (`MAXMSGLIMIT`).
pub const MAX_MAXMSG: u32 = 9999;
/// The timeouts where none is set, seconds.
const DEFAULT_TIMEOUT: u64 = 60;

/// The general options that matter for voicemail in IMAP, cut as Asterisk cuts them.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // each field is the voicemail.conf option of that name
pub struct General {
    pub imapserver: String,
    pub imapport: String,
    pub imapflags: String,
    pub imapfolder: String,
    pub imapparentfolder: Option<String>,
    pub authuser: Option<String>,
    pub authpassword: Option<SecretString>,
    pub expungeonhangup: bool,
    pub imapgreetings: bool,
    pub greetingfolder: Option<String>,
    pub imap_poll_logout: bool,
    pub imapopentimeout: Duration,
    pub imapclosetimeout: Duration,
    pub imapreadtimeout: Duration,
    pub imapwritetimeout: Duration,
    pub pollmailboxes: bool,
    /// Seconds.
    pub pollfreq: u64,
    /// Distinct formats in order.
    pub format: Vec<String>,
    pub maxmsg: u32,
    /// Seconds; 0 means no limit.
    pub maxsecs: u64,
    pub serveremail: String,
    pub fromstring: String,
    pub charset: String,
    pub emaildateformat: String,
    pub emailsubject: Option<String>,
    pub emailbody: Option<String>,
    pub pbxskip: bool,
    pub tz: String,
    pub searchcontexts: bool,
    pub aliasescontext: Option<String>,
    /// Name, value (secrets masked) and origin of every option above, for people.
    pub described: Vec<(String, String, Origin)>,
}

/// Asterisk's `ast_true`.
pub(super) fn is_true(text: &str) -> bool {
    ["yes", "true", "y", "t", "1", "on"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// Asterisk's `ast_false`.
fn is_false(text: &str) -> bool {
    ["no", "false", "n", "f", "0", "off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// C's `atoi`: leading white space, a sign, digits; anything else is 0.
pub(super) fn atoi(text: &str) -> i64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits: String = digits
        .chars()
        .take_while(char::is_ascii_digit)
        .take(18)
        .collect();
    sign * digits.parse().unwrap_or(0)
}

/// Cuts a value at the octets Asterisk's buffer holds, and says so.
pub(super) fn cut(
    value: &str,
    limit: usize,
    name: &str,
    origin: &Origin,
    notices: &mut Vec<Notice>,
) -> String {
    if value.len() <= limit {
        return value.to_owned();
    }
    let text = format!(
        "{name} is {} octets long, Asterisk keeps {limit}",
        value.len()
    );
    notices.push(Notice::new(&catalogue::CUT, origin.to_string(), text));
    let end = (0..=limit)
        .rev()
        .find(|at| value.is_char_boundary(*at))
        .unwrap_or(0);
    value[..end].to_owned()
}

/// `maxmsg` as Asterisk reads it.
pub(super) fn maxmsg(value: &str, origin: &Origin, notices: &mut Vec<Notice>) -> u32 {
    let number = atoi(value);
    match u32::try_from(number) {
        Ok(number) if number <= MAX_MAXMSG => number,
        other => {
            let taken = if other.is_ok() || number > 0 {
                MAX_MAXMSG
            } else {
                DEFAULT_MAXMSG
            };
            let text = format!("maxmsg={number} is out of range, Asterisk takes {taken}");
            notices.push(Notice::new(
                &catalogue::BAD_NUMBER,
                origin.to_string(),
                text,
            ));
            taken
        }
    }
}

/// Reads options one by one and keeps account of them.
struct Options<'a> {
    section: Option<&'a Section>,
    notices: &'a mut Vec<Notice>,
    described: Vec<(String, String, Origin)>,
}

impl Options<'_> {
    fn find(&self, name: &str) -> Option<Entry> {
        self.section.and_then(|section| section.last(name)).cloned()
    }

    fn describe(&mut self, name: &str, value: &str, entry: Option<&Entry>) {
        let origin = entry.map_or_else(Origin::default_value, |entry| entry.origin.clone());
        self.described
            .push((name.to_owned(), value.to_owned(), origin));
    }

    /// A text of at most `limit` octets.
    fn text(&mut self, name: &str, limit: usize) -> Option<String> {
        let entry = self.find(name);
        let value = entry
            .as_ref()
            .map(|entry| cut(&entry.value, limit, name, &entry.origin, self.notices));
        if let Some(value) = &value {
            self.describe(name, value, entry.as_ref());
        }
        value
    }

    fn text_or(&mut self, name: &str, limit: usize, default: &str) -> String {
        match self.text(name, limit) {
            Some(value) => value,
            None => {
                self.describe(name, default, None);
                default.to_owned()
            }
        }
    }

    fn secret(&mut self, name: &str, limit: usize) -> Option<SecretString> {
        let entry = self.find(name)?;
        let value = cut(&entry.value, limit, name, &entry.origin, self.notices);
        self.describe(name, "********", Some(&entry));
        (!value.is_empty()).then(|| value.into())
    }

    /// A switch with its default; for one that is on by default anything not clearly false is on.
    fn switch(&mut self, name: &str, default: bool) -> bool {
        let entry = self.find(name);
        let value = entry.as_ref().map_or(default, |entry| {
            if default {
                !is_false(&entry.value)
            } else {
                is_true(&entry.value)
            }
        });
        self.describe(name, if value { "yes" } else { "no" }, entry.as_ref());
        value
    }

    fn number(&mut self, name: &str, default: u64) -> u64 {
        let entry = self.find(name);
        let value = entry.as_ref().map_or(default, |entry| {
            u64::try_from(atoi(&entry.value))
                .ok()
                .filter(|n| *n > 0)
                .unwrap_or(default)
        });
        self.describe(name, &value.to_string(), entry.as_ref());
        value
    }

    fn seconds(&mut self, name: &str) -> Duration {
        Duration::from_secs(self.number(name, DEFAULT_TIMEOUT).min(86_400))
    }
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// Distinct formats in order; `wav` where none is left.
fn formats(text: &str) -> Vec<String> {
    let mut formats: Vec<String> = Vec::new();
    for format in text
        .split('|')
        .map(str::trim)
        .filter(|format| !format.is_empty())
    {
        if !formats
            .iter()
            .any(|known| known.eq_ignore_ascii_case(format))
        {
            formats.push(format.to_owned());
        }
    }
    if formats.is_empty() {
        formats.push("wav".to_owned());
    }
    formats
}

impl General {
    /// Reads the section, which may be missing.
    pub(super) fn read(section: Option<&Section>, notices: &mut Vec<Notice>) -> Self {
        let mut o = Options {
            section,
            notices,
            described: Vec::new(),
        };
        let greetingfolder = o.text("greetingfolder", 63);
        let greetingfolder = greetingfolder.or_else(|| o.text("greetingsfolder", 63));
        let maxmsg = match o.find("maxmsg") {
            Some(entry) => maxmsg(&entry.value, &entry.origin, o.notices),
            None => DEFAULT_MAXMSG,
        };
        let entry = o.find("maxmsg");
        o.describe("maxmsg", &maxmsg.to_string(), entry.as_ref());
        let date_format = o.text_or("emaildateformat", 31, DEFAULT_DATE_FORMAT);
        let mut general = Self {
            imapserver: o.text_or("imapserver", 47, "localhost"),
            imapport: o.text_or("imapport", 7, "143"),
            imapflags: o.text_or("imapflags", 127, ""),
            imapfolder: o.text_or("imapfolder", 63, "INBOX"),
            imapparentfolder: non_empty(o.text("imapparentfolder", 63)),
            authuser: non_empty(o.text("authuser", 31)),
            authpassword: o.secret("authpassword", 41),
            expungeonhangup: o.switch("expungeonhangup", true),
            imapgreetings: o.switch("imapgreetings", false),
            greetingfolder: non_empty(greetingfolder),
            imap_poll_logout: o.switch("imap_poll_logout", false),
            imapopentimeout: o.seconds("imapopentimeout"),
            imapclosetimeout: o.seconds("imapclosetimeout"),
            imapreadtimeout: o.seconds("imapreadtimeout"),
            imapwritetimeout: o.seconds("imapwritetimeout"),
            pollmailboxes: o.switch("pollmailboxes", false),
            pollfreq: o.number("pollfreq", 30),
            format: formats(&o.text_or("format", 79, "wav")),
            maxmsg,
            maxsecs: o.number("maxsecs", 0),
            serveremail: o.text_or("serveremail", 79, DEFAULT_SERVER_EMAIL),
            fromstring: o.text("fromstring", 99).unwrap_or_default(),
            charset: o.text_or("charset", 31, DEFAULT_CHARSET),
            emaildateformat: date_format,
            emailsubject: o
                .text("emailsubject", usize::MAX)
                .map(|t| substitute_escapes(&t)),
            emailbody: o
                .text("emailbody", usize::MAX)
                .map(|t| substitute_escapes(&t)),
            pbxskip: o.switch("pbxskip", false),
            tz: o.text("tz", 79).unwrap_or_default(),
            searchcontexts: o.switch("searchcontexts", false),
            aliasescontext: non_empty(o.text("aliasescontext", 79)),
            described: Vec::new(),
        };
        general.described = o.described;
        general
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_and_numbers_are_read_as_c_reads_them() {
        for (text, number) in [
            ("12", 12),
            (" 7x", 7),
            ("-3", -3),
            ("x", 0),
            ("", 0),
            ("+5", 5),
        ] {
            assert_eq!(atoi(text), number, "{text:?}");
        }
        assert!(is_true("Yes") && is_true("on") && !is_true("2") && is_false("NO"));
    }

    #[test]
    fn maxmsg_is_brought_into_range_with_a_remark() {
        let origin = Origin::default_value();
        for (text, value, remarks) in [
            ("5", 5, 0),
            ("0", 0, 0),
            ("-1", 100, 1),
            ("10000", 9999, 1),
            ("99999999999999", 9999, 1),
        ] {
            let mut notices = Vec::new();
            assert_eq!(maxmsg(text, &origin, &mut notices), value, "{text}");
            assert_eq!(notices.len(), remarks, "{text}");
        }
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let mut notices = Vec::new();
        let value = cut("aé", 2, "x", &Origin::default_value(), &mut notices);
        assert_eq!((value.as_str(), notices.len()), ("a", 1));
    }

    #[test]
    fn formats_are_distinct_and_never_none() {
        assert_eq!(formats("wav49|gsm|wav|gsm"), ["wav49", "gsm", "wav"]);
        assert_eq!(formats("|"), ["wav"]);
    }
}
