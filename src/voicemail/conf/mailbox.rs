//! A mailbox line: `number => password,fullname,email,pager,option=value|option=value`.
//!
//! The first four commas separate fields, everything behind the fourth is options, split on `|`;
//! `=` splits an option once. Source: `app_voicemail.c`, `append_mailbox`, `apply_option`. The
//! voicemail password is not kept: nothing here needs it.

use secrecy::SecretString;

use super::catalogue;
use super::dialect::Entry;
use super::general::{cut, is_true, maxmsg};
use super::origin::Origin;
use crate::voicemail::compose::substitute_escapes;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// A mailbox as its line says it; what the line leaves out is `None`, and `[general]` decides.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // each field is the option of that name
pub struct Mailbox {
    pub vmbox: VoicemailBox,
    pub origin: Origin,
    pub fullname: String,
    pub email: String,
    pub pager: String,
    pub imapuser: Option<String>,
    pub imappassword: Option<SecretString>,
    pub imapserver: Option<String>,
    pub imapport: Option<String>,
    pub imapflags: Option<String>,
    pub imapfolder: Option<String>,
    pub imapvmshareid: Option<String>,
    pub maxmsg: Option<u32>,
    pub serveremail: Option<String>,
    pub fromstring: Option<String>,
    pub emailsubject: Option<String>,
    pub emailbody: Option<String>,
    pub tz: Option<String>,
    /// `delete=yes`: Asterisk mails the message and keeps nothing.
    pub delete: bool,
    /// Whether any of the seven options is there that make the IMAP build see a mailbox.
    pub seen_by_imap_build: bool,
}

impl Mailbox {
    /// Reads a line of the section `context`.
    pub(super) fn read(context: &str, entry: &Entry, notices: &mut Vec<Notice>) -> Self {
        let mut fields = entry.value.splitn(5, ',');
        let _password = fields.next();
        let mut field = || fields.next().unwrap_or_default();
        let (fullname, email, pager) = (field(), field(), field());
        let origin = &entry.origin;
        let mut mailbox = Self {
            vmbox: VoicemailBox::new(&entry.name, context),
            fullname: cut(fullname, 79, "fullname", origin, notices),
            email: email.to_owned(),
            pager: pager.to_owned(),
            origin: entry.origin.clone(),
            imapuser: None,
            imappassword: None,
            imapserver: None,
            imapport: None,
            imapflags: None,
            imapfolder: None,
            imapvmshareid: None,
            maxmsg: None,
            serveremail: None,
            fromstring: None,
            emailsubject: None,
            emailbody: None,
            tz: None,
            delete: false,
            seen_by_imap_build: false,
        };
        mailbox.options(fields.next().unwrap_or_default(), notices);
        mailbox
    }

    fn options(&mut self, text: &str, notices: &mut Vec<Notice>) {
        for option in text.split('|') {
            if let Some((name, value)) = option.split_once('=') {
                self.option(name, value, notices);
            }
        }
    }

    fn option(&mut self, name: &str, value: &str, notices: &mut Vec<Notice>) {
        let name = name.to_ascii_lowercase();
        let origin = self.origin.clone();
        let mut text = |limit| Some(cut(value, limit, &name, &origin, notices));
        match name.as_str() {
            "imapuser" => self.imapuser = text(79),
            "imappassword" | "imapsecret" => self.imappassword = text(79).map(Into::into),
            "imapserver" => self.imapserver = text(47),
            "imapport" => self.imapport = text(7),
            "imapflags" => self.imapflags = text(127),
            "imapfolder" => self.imapfolder = text(63),
            "imapvmshareid" => self.imapvmshareid = text(79),
            "serveremail" => self.serveremail = text(79),
            "fromstring" => self.fromstring = text(99),
            "tz" => self.tz = text(79),
            "emailsubject" => self.emailsubject = Some(substitute_escapes(value)),
            "emailbody" => self.emailbody = Some(substitute_escapes(value)),
            "maxmsg" => self.maxmsg = Some(maxmsg(value, &origin, notices)),
            "delete" | "deletevoicemail" => self.delete = is_true(value),
            _ => {}
        }
        self.seen_by_imap_build |= matches!(
            name.as_str(),
            "imapuser"
                | "imappassword"
                | "imapsecret"
                | "imapserver"
                | "imapport"
                | "imapflags"
                | "imapfolder"
                | "imapvmshareid"
        );
    }

    /// Tells what keeps Asterisk from using the mailbox in IMAP.
    pub(super) fn remarks(&self, notices: &mut Vec<Notice>) {
        let place = || format!("{} ({})", self.vmbox, self.origin);
        let mut remark = |row, text: String| notices.push(Notice::new(row, place(), text));
        if !self.seen_by_imap_build {
            let text = "has no imap option, so Asterisk's IMAP build does not see it";
            remark(&catalogue::NO_IMAP_OPTION, text.to_owned());
        } else if self.imapuser.as_deref().is_none_or(str::is_empty) {
            remark(&catalogue::NO_IMAP_USER, "has no imapuser".to_owned());
        }
        let user = self.imapuser.as_deref().unwrap_or_default();
        if user.len() >= 65 || user.contains(['/', ':']) {
            let text = format!("c-client cannot log in as imapuser {user:?}");
            remark(&catalogue::NAME_FOR_CLIENT, text);
        }
        let folder = self.imapfolder.as_deref().unwrap_or_default();
        if folder.contains('/') {
            remark(&catalogue::SLASH_FOLDER, format!("imapfolder={folder}"));
        }
        if !folder.is_ascii() {
            remark(&catalogue::EIGHT_BIT_FOLDER, format!("imapfolder={folder}"));
        }
    }
}
