//! The text a message carries besides its recording, and Asterisk's own subject.
//!
//! Separate because the wording is Asterisk's and the values are a caller's. It does not encode:
//! the text part is 8-bit. Source: `app_voicemail.c`, `make_email_file`, `prep_email_sub_vars`.

use super::charset::{Charset, Configured};
use super::template::{self, TemplateGap};
use super::{MailProfile, text};
use crate::voicemail::greeting::Greeting;
use crate::voicemail::header::printable;
use crate::voicemail::message::Voicemail;

/// What Asterisk calls a caller without name and number.
const UNKNOWN_CALLER: &str = "an unknown caller";

/// One message's texts, with everything about it at hand.
pub(super) struct Letter<'a> {
    pub voicemail: &'a Voicemail,
    pub profile: &'a MailProfile,
    /// `charset=`, and what is written in it.
    pub charset: Configured<'a>,
    /// The date by `emaildateformat`, on one line.
    pub date: String,
    /// The caller's name as people should read it, on one line.
    pub caller: String,
    pub gaps: Vec<TemplateGap>,
}

impl Letter<'_> {
    /// Appends the text part's content; gives the charset it is in.
    pub(super) fn push_text(&mut self, out: &mut Vec<u8>) -> Charset<'_> {
        let text = match (self.voicemail.greeting, self.profile.emailbody.as_deref()) {
            (Some(kind), _) => self.greeting_text(kind),
            (None, Some(template)) => self.expand(template),
            (None, None) => self.plain_text(),
        };
        let charset = Charset::of(self.charset, &text);
        text::push_body(out, &text, charset);
        charset
    }

    /// The text where voicemail.conf sets none.
    fn plain_text(&self) -> String {
        let number = self.voicemail.caller_number.as_str();
        let caller = [self.caller.as_str(), number, UNKNOWN_CALLER]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default();
        format!(
            "Dear {name}:\n\n\tJust wanted to let you know you were just left a {duration} long \
             message (number {number})\nin mailbox {mailbox} from {caller}, on {date} so you might\n\
             want to check it when you get a chance.  Thanks!\n\n\t\t\t\t--Asterisk\n\n",
            name = text::one_line(&self.profile.fullname, 256),
            duration = self.duration(),
            number = self.voicemail.message_num,
            mailbox = text::one_line(&self.profile.mailbox, 80),
            date = self.date,
        )
    }

    /// The text of a greeting.
    fn greeting_text(&self, kind: Greeting) -> String {
        format!(
            "This message is to let you know that your greeting '{kind}' was changed on {date}.\n\
             Please do not delete this message, lest your greeting vanish with it.\n\n",
            date = self.date,
        )
    }

    /// The Subject line where voicemail.conf sets none, and a greeting's.
    pub(super) fn plain_subject(&self) -> String {
        if let Some(kind) = self.voicemail.greeting {
            let date = printable(&self.date, 256);
            return format!("Subject: New greeting '{kind}' on {date}.");
        }
        let pbx = if self.profile.pbxskip { "" } else { "[PBX]: " };
        let flag = self.voicemail.flag.as_str();
        let space = if flag.is_empty() { "" } else { " " };
        let number = self.voicemail.message_num;
        let mailbox = printable(&self.profile.mailbox, 80);
        format!("Subject: {pbx}New {flag}{space}message {number} in mailbox {mailbox}")
    }

    /// Fills in a template for the subject or the text part.
    pub(super) fn expand(&mut self, template: &str) -> String {
        let caller = self.caller.clone();
        self.expand_with(template, &caller)
    }

    /// Fills in a template for `From`, where Asterisk drops what is not 7-bit from the caller's
    /// name.
    pub(super) fn expand_for_from(&mut self, template: &str) -> String {
        let caller: String = self.caller.chars().filter(char::is_ascii).collect();
        self.expand_with(template, &caller)
    }

    fn expand_with(&mut self, template: &str, name: &str) -> String {
        let number = self.voicemail.caller_number.as_str();
        let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
        let caller = caller_id(name, number);
        // The moment is fixed by origtime, so the original's date is the message's own.
        let variables = [
            ("VM_NAME", self.profile.fullname.clone()),
            ("VM_DUR", self.duration()),
            ("VM_MSGNUM", self.voicemail.message_num.to_string()),
            ("VM_CONTEXT", self.profile.context.clone()),
            ("VM_MAILBOX", self.profile.mailbox.clone()),
            ("VM_CALLERID", or(&caller, UNKNOWN_CALLER)),
            ("VM_CIDNAME", or(name, UNKNOWN_CALLER)),
            ("VM_CIDNUM", or(number, UNKNOWN_CALLER)),
            ("VM_DATE", self.date.clone()),
            (
                "VM_CATEGORY",
                or(self.voicemail.category.as_str(), "no category"),
            ),
            ("VM_FLAG", self.voicemail.flag.as_str().to_owned()),
            ("ORIG_VM_CALLERID", or(&caller, "Unknown")),
            // Of a caller who is `Unknown` in the txt, Asterisk takes that word for the name.
            (
                "ORIG_VM_CIDNAME",
                if caller.is_empty() { "Unknown" } else { name }.to_owned(),
            ),
            ("ORIG_VM_CIDNUM", number.to_owned()),
            ("ORIG_VM_DATE", self.date.clone()),
        ];
        template::expand(template, &variables, &mut self.gaps)
    }

    /// `minutes:seconds`.
    fn duration(&self) -> String {
        let seconds = self.voicemail.duration;
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}

/// `"Name" <number>`, or the one of the two there is.
fn caller_id(name: &str, number: &str) -> String {
    match (name.is_empty(), number.is_empty()) {
        (false, false) => {
            let name = name.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{name}\" <{number}>")
        }
        (false, true) => name.to_owned(),
        _ => number.to_owned(),
    }
}
