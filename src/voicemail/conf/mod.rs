//! voicemail.conf, read as Asterisk's IMAP build reads it.
//!
//! [`load`] follows the file and what it includes (`dialect`), takes the general options
//! (`general`) and the mailbox lines (`mailbox`) out of it, and answers what a mailbox comes to
//! with both together. It does not connect, does not look into the spool (`secret.conf` included),
//! and knows neither users.conf nor realtime.
//!
//! Invariants: memory and time grow linearly with the input up to fixed limits; no password and
//! no mailbox PIN appears in `Debug`, in an error or in a notice; every notice has file and line.
//!
//! Source: `app_voicemail.c`, `actual_load_config` and what it calls; main/config.c.

mod account;
mod build;
mod catalogue;
mod dialect;
mod error;
mod exposure;
mod formats;
mod general;
mod imapflags;
mod known;
mod mailbox;
mod origin;
mod values;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

pub use account::{Account, AccountError};
pub use catalogue::CATALOGUE;
pub(crate) use catalogue::NO_PASSWORD;
pub(in crate::voicemail) use dialect::Comments;
pub use dialect::LoadOptions;
pub use error::{ConfError, SyntaxFault};
pub use general::General;
pub use imapflags::{FlagsError, ImapFlags, Security};
pub use mailbox::{Mailbox, MailboxOptions};
pub use origin::{Origin, Place, Setting};

use super::notice::Notice;
use super::vmbox::VoicemailBox;

/// A zone of `[zonemessages]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// The name `tz=` refers to; case matters.
    pub name: String,
    /// The IANA time zone, for example `America/New_York`; not checked to exist.
    pub timezone: String,
    /// How the time is spoken.
    pub format: String,
    /// Where its line stands.
    pub origin: Place,
}

/// A voicemail.conf with everything it includes.
#[derive(Debug)]
pub struct VoicemailConf {
    /// The general section.
    pub general: General,
    /// The mailboxes that count, in file order.
    pub mailboxes: Vec<Mailbox>,
    /// The zones, in file order.
    pub zones: Vec<Zone>,
    /// The lines of the aliases section: alias and mailbox.
    pub aliases: Vec<(String, String)>,
    /// What there is to remark.
    pub notices: Vec<Notice>,
    by_name: HashMap<String, usize>,
    by_user: HashMap<String, usize>,
    by_zone: HashMap<String, usize>,
    /// Some lines are not UTF-8 and were read octet by octet.
    octets: bool,
}

/// What composing a message for a mailbox needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailProfile<'a> {
    /// The sender's address; may lack its `@host`.
    pub serveremail: &'a str,
    /// The sender's name with its variables, if one is set.
    pub fromstring: Option<&'a str>,
    /// The general `fromstring`: `X-Asterisk-VM-Server-Name`.
    pub server_name: &'a str,
    /// The subject with its variables, if one is set.
    pub emailsubject: Option<&'a str>,
    /// The body with its variables, if one is set; it may be empty.
    pub emailbody: Option<&'a str>,
    /// A strftime format.
    pub emaildateformat: &'a str,
    /// The character set to declare.
    pub charset: &'a str,
    /// Some lines are not UTF-8: their characters are octets in that set.
    pub octets: bool,
    /// Whether `[PBX]: ` is left out of the subject.
    pub pbxskip: bool,
    /// The owner's name.
    pub fullname: &'a str,
    /// The addresses, joined by `|`; `imapuser` where there is none.
    pub email: &'a str,
    /// The locale for dates, if one is set.
    pub locale: Option<&'a str>,
    /// The IANA zone for dates; `None` is the system's.
    pub time_zone: Option<&'a str>,
}

/// Loads a voicemail.conf.
///
/// Safe to repeat: nothing is written, and no program is run unless `options` allow it.
///
/// # Errors
/// As [`ConfError`] says: the file cannot be read, Asterisk would refuse it, an `#exec` line was
/// not allowed or went wrong, or a limit was passed.
///
/// ```no_run
/// use std::path::Path;
/// use vmimap::voicemail::conf::{LoadOptions, load};
///
/// let conf = load(Path::new("/etc/asterisk/voicemail.conf"), &LoadOptions::default())?;
/// for mailbox in &conf.mailboxes {
///     println!("{}: {}", mailbox.vmbox, conf.imapfolder(mailbox));
/// }
/// # Ok::<(), vmimap::voicemail::conf::ConfError>(())
/// ```
pub fn load(path: &Path, options: &LoadOptions) -> Result<VoicemailConf, ConfError> {
    let mut notices = catalogue::Notices::default();
    let document = dialect::read(path, options, &mut notices)?;
    let mut conf = build::build(&document, &mut notices);
    conf.notices = notices.into_list();
    let not_utf8 = |notice: &Notice| notice.code == catalogue::NOT_UTF8.code;
    conf.octets = conf.notices.iter().any(not_utf8);
    Ok(conf)
}

/// What mailboxes are told apart by: any case is the same.
fn lookup_key(vmbox: &VoicemailBox, number_only: bool) -> String {
    let context = if number_only { "" } else { &vmbox.context };
    format!("{}\0{context}", vmbox.extension).to_ascii_lowercase()
}

/// The text, unless it is empty.
fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl VoicemailConf {
    /// A remark on each file with a password in it that everybody on this machine can read.
    #[must_use]
    pub fn exposed(&self) -> Vec<Notice> {
        exposure::of(self)
    }

    /// The mailbox with exactly this number and context.
    #[must_use]
    pub fn mailbox(&self, vmbox: &VoicemailBox) -> Option<&Mailbox> {
        let mailbox = &self.mailboxes[*self.by_name.get(&self.key(vmbox))?];
        (mailbox.vmbox == *vmbox).then_some(mailbox)
    }

    /// Whether Asterisk's IMAP build finds the mailbox at all.
    #[must_use]
    pub fn seen_by_imap_build(&self, mailbox: &Mailbox) -> bool {
        mailbox.options.has_imap()
    }

    /// Where and as whom to log in for a mailbox.
    #[must_use]
    pub fn account(&self, mailbox: &Mailbox) -> Account {
        let own = |option: &Option<String>, general: &Setting<String>| match option {
            Some(text) if !text.is_empty() => Setting::at(text.clone(), &mailbox.origin),
            _ => general.clone(),
        };
        let options = &mailbox.options;
        let flags = own(&options.imapflags, &self.general.imapflags);
        Account {
            server: own(&options.imapserver, &self.general.imapserver),
            port: own(&options.imapport, &self.general.imapport),
            imap_user: options.imapuser.clone().filter(|user| !user.is_empty()),
            password: self.password(mailbox),
            auth_user: filled(&self.general.authuser.value).map(str::to_owned),
            flags,
        }
    }

    /// `authpassword`, else the password of the first mailbox with the same user in any case.
    fn password(&self, mailbox: &Mailbox) -> Option<SecretString> {
        let filled = |secret: &&SecretString| !secret.expose_secret().is_empty();
        let general = Some(&self.general.authpassword.value).filter(filled);
        let first = || self.first_with_user(mailbox)?.options.imappassword.as_ref();
        general.or_else(|| first().filter(filled)).cloned()
    }

    /// The first mailbox with the same `imapuser`, in any case and on whatever server.
    fn first_with_user(&self, mailbox: &Mailbox) -> Option<&Mailbox> {
        let user = mailbox.options.imapuser.as_deref()?.to_ascii_lowercase();
        self.by_user.get(&user).map(|&index| &self.mailboxes[index])
    }

    /// The IMAP folder of new, old and urgent messages. An empty one is INBOX to c-client.
    #[must_use]
    pub fn imapfolder<'a>(&'a self, mailbox: &'a Mailbox) -> &'a str {
        let own = mailbox.options.imapfolder.as_deref();
        filled(own.unwrap_or(&self.general.imapfolder.value)).unwrap_or("INBOX")
    }

    /// The folder above Work, Family and so on, if one is set.
    #[must_use]
    pub fn parent_folder(&self) -> Option<&str> {
        filled(&self.general.imapparentfolder.value)
    }

    /// `X-Asterisk-VM-Extension`: the share id, else the number.
    #[must_use]
    pub fn extension_header<'a>(&self, mailbox: &'a Mailbox) -> &'a str {
        let share = mailbox.options.imapvmshareid.as_deref();
        share.and_then(filled).unwrap_or(&mailbox.vmbox.extension)
    }

    /// The most messages in a folder, 0 to 9999.
    #[must_use]
    pub fn maxmsg(&self, mailbox: &Mailbox) -> u32 {
        mailbox.options.maxmsg.unwrap_or(self.general.maxmsg.value)
    }

    /// The longest message in seconds; 0 is no limit.
    #[must_use]
    pub fn maxsecs(&self, mailbox: &Mailbox) -> i32 {
        mailbox
            .options
            .maxsecs
            .unwrap_or(self.general.maxsecs.value)
    }

    /// The zone of that name: the last one, since Asterisk puts each in front.
    #[must_use]
    pub fn zone(&self, name: &str) -> Option<&Zone> {
        self.by_zone.get(name).map(|&index| &self.zones[index])
    }

    /// The IANA time zone of a mailbox; `None` is the system's.
    #[must_use]
    pub fn time_zone(&self, mailbox: &Mailbox) -> Option<&str> {
        let tag = mailbox
            .options
            .tz
            .as_deref()
            .unwrap_or(&self.general.tz.value);
        self.zone(tag).map(|zone| zone.timezone.as_str())
    }

    /// The recording formats: distinct, in order, as spelt. Never empty.
    #[must_use]
    pub fn formats(&self) -> &[String] {
        &self.general.format.value
    }

    /// What composing a message for this mailbox needs.
    #[must_use]
    pub fn mail_profile<'a>(&'a self, mailbox: &'a Mailbox) -> MailProfile<'a> {
        let (general, options) = (&self.general, &mailbox.options);
        let own = |option: &'a Option<String>, general: &'a str| {
            option.as_deref().and_then(filled).unwrap_or(general)
        };
        let email = filled(&mailbox.email).or(options.imapuser.as_deref());
        let locale = options.locale.as_deref().unwrap_or(&general.locale.value);
        MailProfile {
            serveremail: own(&options.serveremail, &general.serveremail.value),
            fromstring: filled(own(&options.fromstring, &general.fromstring.value)),
            server_name: &general.fromstring.value,
            emailsubject: filled(own(&options.emailsubject, &general.emailsubject.value)),
            emailbody: options
                .emailbody
                .as_deref()
                .or(general.emailbody.value.as_deref()),
            emaildateformat: &general.emaildateformat.value,
            charset: &general.charset.value,
            octets: self.octets,
            pbxskip: general.pbxskip.value,
            fullname: &mailbox.fullname,
            email: email.unwrap_or(""),
            locale: filled(locale),
            time_zone: self.time_zone(mailbox),
        }
    }

    /// How many errors hide something of the configuration: files that could not be read, lines lost
    /// to a comment, mailboxes that had to be skipped. Work over such a configuration is incomplete.
    #[must_use]
    pub fn losses(&self) -> u64 {
        let lost = |notice: &&Notice| catalogue::is_loss(notice);
        self.notices.iter().filter(lost).count() as u64
    }

    /// Every general option with its value (passwords masked) and where it came from.
    #[must_use]
    pub fn describe(&self) -> Vec<(&'static str, String, Origin)> {
        self.general.describe()
    }
}
