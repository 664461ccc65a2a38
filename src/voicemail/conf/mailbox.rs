//! One mailbox line: `number => password,fullname,email,pager,option=value|option=value`.
//!
//! Asterisk splits at the first four commas; what follows is options, split at `|` only, each at
//! its first `=`. The password (a telephone PIN) is looked at for its first character and then
//! forgotten. Remarks never quote an option's name or value: a password with a `|` in it would
//! show up as one.
//!
//! Source: `app_voicemail.c`, `find_or_create`, `append_mailbox`, `apply_options`, `apply_option`.

use secrecy::SecretString;

use super::catalogue::{self as code, Notices};
use super::dialect::Entry;
use super::general::{max_msg, unescape};
use super::known::{OTHER_MAILBOX_OPTIONS, begins_with_imap_option, is_mailbox_option};
use super::origin::Place;
use super::values;
use crate::voicemail::notice::CodeRow;
use crate::voicemail::vmbox::VoicemailBox;

/// The longest mailbox number Asterisk keeps, in octets; also the longest of most other texts.
pub(super) const MAX_TEXT: usize = 79;

/// A mailbox as its line says, without what the general section adds.
///
/// An option is `None` where the line does not have it. `Debug` shows no password.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// Its number and context.
    pub vmbox: VoicemailBox,
    /// The full name.
    pub fullname: String,
    /// The e-mail addresses as written, several joined by `|`.
    pub email: String,
    /// The pager address.
    pub pager: String,
    /// The options.
    pub options: MailboxOptions,
    /// Where its line stands.
    pub origin: Place,
}

/// The options of a mailbox that matter here.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // options keep their names
pub struct MailboxOptions {
    pub imapuser: Option<String>,
    /// From `imappassword` or `imapsecret`.
    pub imappassword: Option<SecretString>,
    pub imapfolder: Option<String>,
    pub imapserver: Option<String>,
    pub imapport: Option<String>,
    pub imapflags: Option<String>,
    pub imapvmshareid: Option<String>,
    /// 0 to 9999.
    pub maxmsg: Option<u32>,
    /// Seconds, above 0.
    pub maxsecs: Option<i32>,
    pub tz: Option<String>,
    pub locale: Option<String>,
    pub serveremail: Option<String>,
    pub fromstring: Option<String>,
    /// Escapes are replaced already.
    pub emailsubject: Option<String>,
    /// Escapes are replaced already.
    pub emailbody: Option<String>,
}

impl MailboxOptions {
    /// Whether the line has one of the seven options that make a mailbox visible to Asterisk's
    /// IMAP build.
    #[must_use]
    pub fn has_imap(&self) -> bool {
        let texts = [
            &self.imapuser,
            &self.imapfolder,
            &self.imapserver,
            &self.imapport,
            &self.imapflags,
            &self.imapvmshareid,
        ];
        self.imappassword.is_some() || texts.into_iter().any(Option::is_some)
    }
}

impl Mailbox {
    /// Reads a line whose name has been accepted already.
    pub(super) fn parse(vmbox: VoicemailBox, entry: &Entry, notices: &mut Notices) -> Self {
        let mut fields = entry.value.splitn(5, ',');
        let swallowed = entry.value.splitn(5, ',').take(4);
        let swallowed = swallowed.zip(["password", "name", "e-mail", "pager"]);
        let swallowed = swallowed
            .filter(|(field, _)| field.split('|').any(begins_with_imap_option))
            .map(|(_, name)| name)
            .next();
        if fields.next().is_some_and(|pin| pin.starts_with('*')) {
            let message = format!("mailbox {vmbox}: password begins with *");
            notices.at(&code::STAR_PASSWORD, &entry.place, message);
        }
        let mut line = Line {
            vmbox: &vmbox,
            entry,
            notices,
        };
        if let Some(name) = swallowed {
            line.remark(
                &code::OPTION_SWALLOWED,
                &format!("what stands in its {name} field looks like options; is a comma missing?"),
            );
        }
        let fullname = line.cut("fullname", fields.next().unwrap_or(""), MAX_TEXT);
        let email = fields.next().unwrap_or("").to_owned();
        let pager = line.cut("pager", fields.next().unwrap_or(""), MAX_TEXT);
        let mut options = MailboxOptions::default();
        if let Some(text) = fields.next() {
            for (option, number) in text.split('|').zip(1..) {
                line.option(option, number, &mut options);
            }
        }
        Self {
            fullname,
            email,
            pager,
            options,
            origin: entry.place.clone(),
            vmbox,
        }
    }
}

/// The line being read.
struct Line<'a> {
    vmbox: &'a VoicemailBox,
    entry: &'a Entry,
    notices: &'a mut Notices,
}

impl Line<'_> {
    /// The text as Asterisk's buffer keeps it.
    fn cut(&mut self, name: &str, text: &str, max: usize) -> String {
        let (kept, was_cut) = values::cut(text, max);
        if was_cut {
            self.remark(&code::VALUE_CUT, &format!("{name} is cut to {max} octets"));
        }
        kept.to_owned()
    }

    /// Reads one `name=value`, the so-and-so-many-th of its line.
    fn option(&mut self, mut text: &str, number: usize, to: &mut MailboxOptions) {
        // `options=name=value` is the same as `name=value`, however often.
        while let Some((name, rest)) = text.split_once('=')
            && name.eq_ignore_ascii_case("options")
        {
            text = rest;
        }
        let Some((name, value)) = text.split_once('=') else {
            if !text.is_empty() {
                self.ignored(number, "without an equals sign");
            }
            return;
        };
        let name = name.to_ascii_lowercase();
        if swallows_option(value) {
            let what = format!(
                "what follows a comma in its option {number} looks like another option, but is \
                 part of this one; | separates options"
            );
            self.remark(&code::OPTION_SWALLOWED, &what);
        }
        match name.as_str() {
            "imapuser" => to.imapuser = Some(self.cut(&name, value, MAX_TEXT)),
            "imappassword" | "imapsecret" => {
                to.imappassword = Some(self.cut(&name, value, MAX_TEXT).into());
            }
            "imapfolder" => to.imapfolder = Some(self.cut(&name, value, 63)),
            "imapserver" => to.imapserver = Some(self.cut(&name, value, 47)),
            "imapport" => to.imapport = Some(self.cut(&name, value, 7)),
            "imapflags" => to.imapflags = Some(self.cut(&name, value, 127)),
            "imapvmshareid" => to.imapvmshareid = Some(self.cut(&name, value, MAX_TEXT)),
            "tz" => to.tz = Some(self.cut(&name, value, MAX_TEXT)),
            "locale" => to.locale = Some(self.cut(&name, value, 19)),
            "serveremail" => to.serveremail = Some(self.cut(&name, value, MAX_TEXT)),
            "fromstring" => to.fromstring = Some(self.cut(&name, value, 99)),
            "emailsubject" => {
                to.emailsubject = Some(unescape(&name, self.entry, value, self.notices));
            }
            "emailbody" => to.emailbody = Some(unescape(&name, self.entry, value, self.notices)),
            "maxmsg" => to.maxmsg = Some(max_msg(self.entry, value, self.notices)),
            "maxsecs" | "maxmessage" => to.maxsecs = self.max_secs(value),
            _ => match OTHER_MAILBOX_OPTIONS.iter().find(|(one, _)| *one == name) {
                Some((_, 0)) => {}
                Some((_, max)) => {
                    self.cut(&name, value, *max);
                }
                None if is_mailbox_option(name.trim()) => {
                    self.ignored(
                        number,
                        &format!("{} with blanks beside its name", name.trim()),
                    );
                }
                None => self.ignored(number, "which Asterisk does not know"),
            },
        }
    }

    /// `maxsecs`: not above 0 means the general value.
    fn max_secs(&mut self, value: &str) -> Option<i32> {
        let number = Some(values::atoi(value)).filter(|&number| number > 0);
        if number.is_none() {
            self.remark(
                &code::BAD_NUMBER,
                "maxsecs is not above 0; the general one is used",
            );
        }
        number
    }

    /// The name of an option nobody knows may be half a password: its number must do.
    fn ignored(&mut self, number: usize, what: &str) {
        let what = format!("its option {number}, {what}, is ignored");
        self.remark(&code::IGNORED_OPTION, &what);
    }

    fn remark(&mut self, row: &CodeRow, what: &str) {
        let message = format!("mailbox {}: {what}", self.vmbox);
        self.notices.at(row, &self.entry.place, message);
    }
}

/// Whether a value holds what was meant for another option, as in `imapuser=u,imappassword=p`.
pub(super) fn swallows_option(value: &str) -> bool {
    value.split(',').skip(1).any(begins_with_imap_option)
}
