//! voicemail.conf, read as Asterisk reads it.
//!
//! [`dialect`] makes sections of files, [`general`](General) and [`Mailbox`] make options of
//! sections, and [`VoicemailConf`] answers what is in force for a mailbox: its own option, else
//! the general one, else Asterisk's default. Errors are what keeps Asterisk from loading the file;
//! everything else that is odd is a notice with file and line.
//!
//! Not read: `secret.conf` and the voicemail passwords (nothing here needs them), users.conf,
//! realtime. Source: `app_voicemail.c`, `actual_load_config`; `main/config.c`.

mod catalogue;
mod comments;
pub mod dialect;
mod files;
mod general;
pub mod imapflags;
mod mailbox;
mod origin;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

use secrecy::SecretString;

use crate::voicemail::compose::{MailProfile, Zone};
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;
use dialect::{Entry, Section};
use imapflags::ImapFlags;

pub use catalogue::CATALOGUE;
pub use dialect::ConfError;
pub use files::LoadOptions;
pub use general::General;
pub use mailbox::Mailbox;
pub use origin::Origin;

/// Longest mailbox number and context, in octets.
const MAX_NAME: usize = 79;

/// A loaded voicemail.conf.
#[derive(Debug)]
pub struct VoicemailConf {
    /// The general options in force.
    pub general: General,
    /// The mailboxes in the order of the file.
    pub mailboxes: Vec<Mailbox>,
    /// What is odd.
    pub notices: Vec<Notice>,
    /// `[zonemessages]`: name to zone.
    zones: HashMap<String, String>,
    index: HashMap<VoicemailBox, usize>,
    /// The first mailbox with each `imapuser`: Asterisk takes the password from there.
    first_of_user: HashMap<String, usize>,
}

/// How Asterisk reaches a mailbox's account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Host name or address.
    pub server: String,
    /// The port as it is written; a number unless somebody erred.
    pub port: String,
    /// `imapflags` as they stand.
    pub flags: String,
    /// The account; `None` or empty means that Asterisk cannot log in.
    pub imap_user: Option<String>,
    /// `authpassword` if it is set, whoever logs in; else the `imappassword` of the first mailbox
    /// with the same `imapuser`.
    pub password: Option<SecretString>,
    /// The user who authenticates in the account's name.
    pub auth_user: Option<String>,
}

impl VoicemailConf {
    /// Loads a voicemail.conf and what it includes.
    ///
    /// # Errors
    /// What keeps Asterisk from loading it, with file and line.
    pub fn load(path: &Path, options: &LoadOptions) -> Result<Self, ConfError> {
        let (sections, mut notices) = dialect::read(path, options)?;
        let general = sections
            .iter()
            .find(|section| section.name.eq_ignore_ascii_case("general"));
        let general = General::read(general, &mut notices);
        let mut conf = Self {
            general,
            mailboxes: Vec::new(),
            notices,
            zones: HashMap::new(),
            index: HashMap::new(),
            first_of_user: HashMap::new(),
        };
        for section in &sections {
            conf.section(section);
        }
        conf.remark();
        Ok(conf)
    }

    fn section(&mut self, section: &Section) {
        let is = |name: &str| section.name.eq_ignore_ascii_case(name);
        let aliases = self.general.aliasescontext.as_deref().is_some_and(is);
        if section.template || aliases || is("general") {
            return;
        }
        for entry in &section.entries {
            if is("zonemessages") {
                self.zone(entry);
            } else {
                self.mailbox_line(&section.name, entry);
            }
        }
    }

    fn zone(&mut self, entry: &Entry) {
        match entry.value.split_once(['|', ',']) {
            Some((zone, _)) => {
                self.zones.insert(entry.name.clone(), zone.to_owned());
            }
            None => {
                let text = format!("zone {} has no format", entry.name);
                let place = entry.origin.to_string();
                self.notices
                    .push(Notice::new(&catalogue::BAD_ZONE_LINE, place, text));
            }
        }
    }

    fn mailbox_line(&mut self, context: &str, entry: &Entry) {
        let place = entry.origin.to_string();
        let remark = |row, text| self.notices.push(Notice::new(row, place, text));
        let name = format!("{}@{context}", entry.name);
        if entry.name.starts_with('*') {
            return remark(&catalogue::STARRED, format!("{name} is ignored"));
        }
        if !usable(&entry.name) || !usable(context) {
            return remark(&catalogue::BAD_NAME, format!("{name:?} cannot be used"));
        }
        // Asterisk compares both halves without regard to case.
        let lower = |text: &str| text.to_ascii_lowercase();
        let known = VoicemailBox::new(lower(&entry.name), lower(context));
        if self.index.contains_key(&known) {
            return remark(&catalogue::DUPLICATE, format!("{name} is there already"));
        }
        let mailbox = Mailbox::read(context, entry, &mut self.notices);
        let at = self.mailboxes.len();
        self.index.insert(known, at);
        if let Some(user) = mailbox.imapuser.clone() {
            self.first_of_user.entry(user).or_insert(at);
        }
        self.mailboxes.push(mailbox);
    }

    /// Notes what can only be judged when everything is read.
    fn remark(&mut self) {
        let mut notices = std::mem::take(&mut self.notices);
        for mailbox in &self.mailboxes {
            mailbox.remarks(&mut notices);
            let zone = mailbox.tz.as_deref().unwrap_or(&self.general.tz);
            if !zone.is_empty() && !self.zones.contains_key(zone) {
                let place = format!("{} ({})", mailbox.vmbox, mailbox.origin);
                let text = format!("tz={zone} is not in [zonemessages]");
                notices.push(Notice::new(&catalogue::BAD_ZONE, place, text));
            }
        }
        self.flag_remarks(&mut notices);
        for (name, folder) in [
            ("imapfolder", Some(&self.general.imapfolder)),
            ("imapparentfolder", self.general.imapparentfolder.as_ref()),
            ("greetingfolder", self.general.greetingfolder.as_ref()),
        ] {
            if let Some(folder) = folder.filter(|folder| !folder.is_ascii()) {
                let text = format!("{name}={folder}");
                notices.push(Notice::new(&catalogue::EIGHT_BIT_FOLDER, "[general]", text));
            }
        }
        self.notices = notices;
    }

    /// One notice for each distinct value of `imapflags` that c-client refuses.
    fn flag_remarks(&self, notices: &mut Vec<Notice>) {
        let own = self.mailboxes.iter().filter_map(|mailbox| {
            Some((
                mailbox.imapflags.as_deref()?,
                format!("{} ({})", mailbox.vmbox, mailbox.origin),
            ))
        });
        let mut told = std::collections::HashSet::new();
        let general = (self.general.imapflags.as_str(), "[general]".to_owned());
        for (flags, place) in std::iter::once(general).chain(own) {
            if let Err(error) = ImapFlags::parse(flags)
                && told.insert(flags)
            {
                let text = format!("imapflags={flags}: {error}");
                notices.push(Notice::new(&catalogue::BAD_FLAGS, place, text));
            }
        }
    }

    /// The mailbox of a voicemail box, exactly as it is written.
    #[must_use]
    pub fn mailbox(&self, vmbox: &VoicemailBox) -> Option<&Mailbox> {
        let known = VoicemailBox::new(
            vmbox.extension.to_ascii_lowercase(),
            vmbox.context.to_ascii_lowercase(),
        );
        self.index
            .get(&known)
            .and_then(|at| self.mailboxes.get(*at))
            .filter(|m| m.vmbox == *vmbox)
    }

    /// How Asterisk reaches a mailbox's account.
    #[must_use]
    pub fn account(&self, mailbox: &Mailbox) -> Account {
        let general = &self.general;
        let own = |own: &Option<String>, general: &String| own.as_ref().unwrap_or(general).clone();
        let first = mailbox
            .imapuser
            .as_ref()
            .and_then(|user| self.first_of_user.get(user));
        let password = first.and_then(|at| self.mailboxes[*at].imappassword.clone());
        Account {
            server: own(&mailbox.imapserver, &general.imapserver),
            port: own(&mailbox.imapport, &general.imapport),
            flags: own(&mailbox.imapflags, &general.imapflags),
            imap_user: mailbox.imapuser.clone().filter(|user| !user.is_empty()),
            password: general.authpassword.clone().or(password),
            auth_user: general.authuser.clone(),
        }
    }

    /// `imapfolder` of a mailbox, as Asterisk sends it.
    #[must_use]
    pub fn imapfolder<'a>(&'a self, mailbox: &'a Mailbox) -> &'a str {
        mailbox
            .imapfolder
            .as_deref()
            .unwrap_or(&self.general.imapfolder)
    }

    /// `imapparentfolder`, if it is set.
    #[must_use]
    pub fn parent_folder(&self) -> Option<&str> {
        self.general.imapparentfolder.as_deref()
    }

    /// What `X-Asterisk-VM-Extension` holds: `imapvmshareid`, else the mailbox number.
    #[must_use]
    pub fn extension_header<'a>(&self, mailbox: &'a Mailbox) -> &'a str {
        let shared = mailbox.imapvmshareid.as_deref().filter(|id| !id.is_empty());
        shared.unwrap_or(&mailbox.vmbox.extension)
    }

    /// `maxmsg` of a mailbox.
    #[must_use]
    pub fn maxmsg(&self, mailbox: &Mailbox) -> u32 {
        mailbox.maxmsg.unwrap_or(self.general.maxmsg)
    }

    /// `format=`: the formats voicemail is recorded in, distinct, in order.
    #[must_use]
    pub fn formats(&self) -> &[String] {
        &self.general.format
    }

    /// The zone of a mailbox's dates; `None` is the system's.
    #[must_use]
    pub fn time_zone(&self, mailbox: &Mailbox) -> Option<&str> {
        let name = mailbox.tz.as_deref().unwrap_or(&self.general.tz);
        self.zones.get(name).map(String::as_str)
    }

    /// How a mailbox's messages are worded. `hostname` completes a `serveremail` without `@`.
    #[must_use]
    pub fn mail_profile(&self, mailbox: &Mailbox, hostname: &str) -> MailProfile {
        let general = &self.general;
        let own = |own: &Option<String>, general: &String| {
            own.clone()
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| general.clone())
        };
        let from = own(&mailbox.fromstring, &general.fromstring);
        MailProfile {
            serveremail: own(&mailbox.serveremail, &general.serveremail),
            hostname: hostname.to_owned(),
            fromstring: Some(from).filter(|text| !text.is_empty()),
            server_name: general.fromstring.clone(),
            fullname: mailbox.fullname.clone(),
            email: mailbox.email.clone(),
            imap_user: mailbox.imapuser.clone().unwrap_or_default(),
            emailsubject: mailbox
                .emailsubject
                .clone()
                .or_else(|| general.emailsubject.clone()),
            emailbody: mailbox
                .emailbody
                .clone()
                .or_else(|| general.emailbody.clone()),
            emaildateformat: general.emaildateformat.clone(),
            charset: general.charset.clone(),
            pbxskip: general.pbxskip,
            zone: Zone::resolve(self.time_zone(mailbox)),
            mailbox: mailbox.vmbox.extension.clone(),
            context: mailbox.vmbox.context.clone(),
        }
    }

    /// The general options in force with their origins; secrets are masked.
    #[must_use]
    pub fn describe(&self) -> &[(String, String, Origin)] {
        &self.general.described
    }
}

/// Whether a context or mailbox number can be a directory and a header value.
fn usable(name: &str) -> bool {
    let dots = name == "." || name == "..";
    let fits = (1..=MAX_NAME).contains(&name.len());
    fits && !dots && !name.contains('/') && !name.chars().any(char::is_control)
}
