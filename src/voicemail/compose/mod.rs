//! Composing: one voicemail and one mailbox's settings make the message Asterisk would have
//! stored.
//!
//! Separate from reading because it knows voicemail.conf's letter settings and reading does not.
//! It does not open the recording: [`Composed`] is a head and a tail, and the recording streams
//! between them. Invariants: deterministic for the same input; header lines are 7-bit; every line
//! ends in CRLF and is shorter than 998 octets; no NUL; no `X-Asterisk-VM` in a header before the
//! first of that family.
//!
//! These differ from Asterisk on purpose: `Date` is when the voicemail was left, not when it was
//! stored; `Message-ID` is the [`SourceKey`]'s; values are cut at the 79 octets Asterisk reads of
//! them; octets are in the charset they are said to be in; no line of the text part ends in CR CR
//! LF, which `\n` in `emailbody` makes of it in Asterisk; what Asterisk would read wrong is broken
//! ([`HeaderValue::lossy`]).
//!
//! Source: `app_voicemail.c`, `make_email_file` and `add_email_attachment`, and messages recorded
//! from a running Asterisk 22 (`tests/fixtures/genuine-imap`).

mod address;
mod body;
mod charset;
mod date;
mod stream;
mod strftime;
mod template;
mod text;

use std::borrow::Cow;

use super::greeting::Greeting;
use super::header::{CALLER_ID, CALLER_ID_NAME, VmHeader, printable};
use super::message::{HeaderValue, MAX_HEADER_VALUE, Voicemail};
use super::source_key::SourceKey;
use address::{push_from, push_line, push_subject, push_to};
use charset::Configured;

pub use date::{DEFAULT_DATE_FORMAT, Moment, Zone};
pub use stream::{Composed, recording_octets};
pub use template::{GapKind, TemplateGap};

/// `charset` where voicemail.conf sets none.
pub const DEFAULT_CHARSET: &str = "ISO-8859-1";
/// `serveremail` where voicemail.conf sets none.
pub const DEFAULT_SERVER_EMAIL: &str = "asterisk";
/// Addresses in one `To` header.
const MAX_ADDRESSES: usize = 50;

/// How one mailbox's messages look: the settings of voicemail.conf that shape a letter.
///
/// All text may hold anything; composing makes it safe. The mailbox's own settings have already
/// been put before the general ones.
#[derive(Debug, Clone)]
pub struct MailProfile {
    /// `serveremail`; without an `@` the host name is appended. Empty means the default.
    pub serveremail: String,
    /// The host name for `serveremail`.
    pub hostname: String,
    /// `fromstring`, a template; `None` or empty gives `Asterisk PBX`.
    pub fromstring: Option<String>,
    /// The general section's `fromstring`, as it stands: `X-Asterisk-VM-Server-Name`.
    pub server_name: String,
    /// The owner's name.
    pub fullname: String,
    /// The owner's address, or several joined by `|`.
    pub email: String,
    /// Stands in for `email` where that is empty.
    pub imap_user: String,
    /// `emailsubject`, a template; `None` or empty gives Asterisk's own subject.
    pub emailsubject: Option<String>,
    /// `emailbody`, a template whose escapes are replaced already; `None` gives Asterisk's own
    /// text.
    pub emailbody: Option<String>,
    /// `emaildateformat`, for strftime(3).
    pub emaildateformat: String,
    /// `charset`: that of the text part and of encoded words. Text that cannot be written in it is
    /// written in UTF-8, and labelled so.
    pub charset: String,
    /// Some texts here are not UTF-8 in their file: each of their characters up to U+00FF is an octet
    /// of `charset`.
    pub octets: bool,
    /// `pbxskip`: no `[PBX]: ` in Asterisk's own subject.
    pub pbxskip: bool,
    /// The mailbox's zone.
    pub zone: Zone,
    /// The mailbox number people see; not the share id.
    pub mailbox: String,
    /// The voicemail context.
    pub context: String,
}

impl MailProfile {
    /// Whether the mailbox's zone is one; if not, its dates are in UTC.
    #[must_use]
    pub const fn zone_known(&self) -> bool {
        self.zone.is_known()
    }

    /// The address in `From`.
    fn sender(&self) -> String {
        let or = |text: String, other: &str| {
            if text.is_empty() {
                other.to_owned()
            } else {
                text
            }
        };
        let server = or(text::address(&self.serveremail), DEFAULT_SERVER_EMAIL);
        if server.contains('@') {
            return server;
        }
        let host = or(text::address(&self.hostname), "localhost");
        format!("{server}@{host}")
    }

    /// Who the message is addressed to: the addresses, else the IMAP user, else the mailbox.
    fn recipients(&self) -> Vec<String> {
        [&self.email, &self.imap_user, &self.mailbox]
            .into_iter()
            .map(|text| text.split('|').map(text::address))
            .map(|addresses| addresses.filter(|address| is_addressable(address)))
            .map(|addresses| addresses.take(MAX_ADDRESSES).collect::<Vec<_>>())
            .find(|addresses| !addresses.is_empty())
            .unwrap_or_else(|| vec!["voicemail".to_owned()])
    }
}

/// Whether anything that names somebody is left of an address.
fn is_addressable(address: &str) -> bool {
    address.bytes().any(|octet| octet.is_ascii_alphanumeric())
}

impl Default for MailProfile {
    /// What an empty voicemail.conf gives.
    fn default() -> Self {
        Self {
            serveremail: DEFAULT_SERVER_EMAIL.to_owned(),
            hostname: "localhost".to_owned(),
            fromstring: None,
            server_name: String::new(),
            fullname: String::new(),
            email: String::new(),
            imap_user: String::new(),
            emailsubject: None,
            emailbody: None,
            emaildateformat: DEFAULT_DATE_FORMAT.to_owned(),
            charset: DEFAULT_CHARSET.to_owned(),
            octets: false,
            pbxskip: false,
            zone: Zone::default(),
            mailbox: String::new(),
            context: String::new(),
        }
    }
}

/// Composes the message of a voicemail whose recording has `audio_octets` octets.
///
/// Safe to repeat: the same input gives the same octets.
///
/// ```
/// use vmimap::voicemail::audio::AudioFormat;
/// use vmimap::voicemail::compose::{MailProfile, compose};
/// use vmimap::voicemail::message::{HeaderValue, Voicemail};
/// use vmimap::voicemail::parse::MessageReader;
/// use vmimap::voicemail::source_key::{AudioDigest, SourceKey};
/// use vmimap::voicemail::vmbox::VoicemailBox;
///
/// let vmbox = VoicemailBox::new("4123", "default");
/// let voicemail = Voicemail {
///     context: HeaderValue::lossy(&vmbox.context),
///     extension: HeaderValue::lossy(&vmbox.extension),
///     caller_name: HeaderValue::lossy("Grace Hopper"),
///     caller_number: HeaderValue::lossy("5551002"),
///     origtime: 1_795_427_839, // Unix seconds UTC
///     duration: 3,             // whole seconds
///     category: HeaderValue::default(),
///     flag: HeaderValue::default(),
///     priority: 1,
///     msg_id: HeaderValue::lossy("1795427837-00000000"),
///     message_num: 1,
///     format: AudioFormat::Gsm,
///     greeting: None,
/// };
/// let recording = [0x55; 33];
/// let key = SourceKey::new(&vmbox, voicemail.msg_id.as_str(), 0, &AudioDigest([0; 32]), 1);
/// let mut message = Vec::new();
/// compose(&voicemail, &MailProfile::default(), &key, 33)
///     .write_to(&mut &recording[..], &mut message)?;
///
/// // And read again, as Asterisk reads it.
/// let mut reader = MessageReader::new();
/// reader.push(&message);
/// let stored = reader.finish().unwrap();
/// assert_eq!(stored.voicemail, voicemail);
/// assert_eq!(stored.audio_octets, 33);
/// # std::io::Result::Ok(())
/// ```
#[must_use]
pub fn compose(
    voicemail: &Voicemail,
    profile: &MailProfile,
    key: &SourceKey,
    audio_octets: u64,
) -> Composed {
    compose_for_caller(voicemail, None, profile, key, audio_octets)
}

/// Composes as [`compose`] does, showing the caller's name in the text part as it was given.
///
/// The text part is 8-bit and can show `José Núñez`, where the headers only hold `Jos Nez`; so
/// does Asterisk. `None` shows the header's name.
#[must_use]
pub fn compose_for_caller(
    voicemail: &Voicemail,
    caller_name: Option<&str>,
    profile: &MailProfile,
    key: &SourceKey,
    audio_octets: u64,
) -> Composed {
    let caller = text::one_line(caller_name.unwrap_or(voicemail.caller_name.as_str()), 256);
    let named = !caller.is_empty();
    let charset = Configured {
        name: &profile.charset,
        octets: profile.octets,
    };
    let moment = Moment::new(voicemail.origtime, &profile.zone);
    let mut letter = body::Letter {
        voicemail,
        profile,
        charset,
        date: text::one_line(&moment.format(&profile.emaildateformat), 256),
        caller: charset.beside(caller),
        gaps: Vec::new(),
    };
    let mut text = Vec::new();
    let charset = letter.push_text(&mut text).name().to_owned();
    let boundary = boundary(voicemail, key, &text);

    let mut head = Vec::with_capacity(text.len() + 2048);
    push_line(&mut head, &format!("Date: {}", moment.to_header()));
    push_people(&mut head, &mut letter);
    push_line(
        &mut head,
        &format!("Message-ID: {}", printable(&key.message_id(), 250)),
    );
    push_family(&mut head, &letter, named);
    push_parts(&mut head, voicemail, &boundary, (&charset, &text));
    Composed {
        head,
        tail: format!("\r\n\r\n--{boundary}--\r\n.\r\n").into_bytes(),
        audio_octets,
        gaps: letter.gaps,
    }
}

/// From, To and Subject.
fn push_people(out: &mut Vec<u8>, letter: &mut body::Letter<'_>) {
    let profile = letter.profile;
    let from = profile
        .fromstring
        .as_deref()
        .filter(|from| !from.is_empty());
    let from = from.map(|from| letter.expand_for_from(from));
    push_from(out, from.as_deref(), &profile.sender(), letter.charset);
    push_to(
        out,
        &profile.fullname,
        &profile.recipients(),
        letter.charset,
    );
    match profile.emailsubject.as_deref() {
        Some(template) if !template.is_empty() && letter.voicemail.greeting.is_none() => {
            let subject = letter.expand(template);
            push_subject(out, &subject, letter.charset);
        }
        _ => push_line(out, &letter.plain_subject()),
    }
}

/// The `X-Asterisk-*` headers. A value that is empty still has the space after its colon:
/// without it Asterisk takes the next line for the value. `named` callers had a name.
fn push_family(out: &mut Vec<u8>, letter: &body::Letter<'_>, named: bool) {
    for header in VmHeader::ALL {
        push_line(
            out,
            &format!("{}: {}", header.name(), value(header, letter)),
        );
    }
    let voicemail = letter.voicemail;
    // A name of which nothing is left is still written, as nothing.
    for (name, value, there) in [
        (
            CALLER_ID,
            &voicemail.caller_number,
            !voicemail.caller_number.is_empty(),
        ),
        (CALLER_ID_NAME, &voicemail.caller_name, named),
    ] {
        if there {
            push_line(out, &format!("{name}: {value}"));
        }
    }
}

fn value<'a>(header: VmHeader, letter: &body::Letter<'a>) -> Cow<'a, str> {
    let voicemail = letter.voicemail;
    let text = |value: &'a HeaderValue| Cow::Borrowed(value.as_str());
    match header {
        VmHeader::MessageNum => voicemail.message_num.to_string().into(),
        VmHeader::ServerName => printable(&letter.profile.server_name, MAX_HEADER_VALUE).into(),
        VmHeader::Context => text(&voicemail.context),
        VmHeader::Extension => text(&voicemail.extension),
        VmHeader::Flag => text(&voicemail.flag),
        VmHeader::Priority => voicemail.priority.to_string().into(),
        VmHeader::CallerIdNum => text(&voicemail.caller_number),
        VmHeader::CallerIdName => text(&voicemail.caller_name),
        VmHeader::Duration => voicemail.duration.to_string().into(),
        VmHeader::Category => text(&voicemail.category),
        VmHeader::MessageType => voicemail
            .greeting
            .map_or("Message", Greeting::as_str)
            .into(),
        VmHeader::OrigDate => printable(&letter.date, MAX_HEADER_VALUE).into(),
        VmHeader::OrigTime => voicemail.origtime.to_string().into(),
        VmHeader::MessageId => text(&voicemail.msg_id),
    }
}

/// The MIME headers, the text part (its charset and content) and the recording's part headers.
fn push_parts(
    out: &mut Vec<u8>,
    voicemail: &Voicemail,
    boundary: &str,
    (charset, text): (&str, &[u8]),
) {
    let format = voicemail.format;
    let file = voicemail.file_name();
    for line in [
        "MIME-Version: 1.0",
        &format!("Content-Type: multipart/mixed; boundary=\"{boundary}\""),
        "",
        "",
        "This is a multi-part message in MIME format.",
        "",
        &format!("--{boundary}"),
        &format!("Content-Type: text/plain; charset={charset}"),
        "Content-Transfer-Encoding: 8bit",
        "",
    ] {
        push_line(out, line);
    }
    out.extend_from_slice(text);
    for line in [
        &format!("--{boundary}"),
        &format!("Content-Type: {}; name=\"{file}\"", format.mime_type()),
        "Content-Transfer-Encoding: base64",
        "Content-Description: Voicemail sound attachment.",
        &format!("Content-Disposition: attachment; filename=\"{file}\""),
        "",
    ] {
        push_line(out, line);
    }
}

/// A boundary in Asterisk's style, made from the key, that does not stand in the text part. The
/// other part is base64, which has no hyphens. At most 66 characters (RFC 2046: 70).
fn boundary(voicemail: &Voicemail, key: &SourceKey, text: &[u8]) -> String {
    let key: String = key
        .as_str()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(32)
        .collect();
    let mut boundary = format!("----voicemail_{}{key}", voicemail.message_num);
    let stem = boundary.clone();
    let mut attempt = 0_u32;
    while contains(text, boundary.as_bytes()) {
        attempt += 1;
        boundary = format!("{stem}{attempt}");
    }
    boundary
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests;
