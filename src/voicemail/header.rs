//! The `X-Asterisk-VM-*` headers: one table for the composer and the reader.
//!
//! Separate because both sides must agree on names and order, and because Asterisk's reader makes
//! a rule that every writer has to keep: it takes the first place in the whole header block where
//! a name stands, even inside another header's value. So no value may carry such a name;
//! `printable` breaks it. What it has read it writes into a configuration file of its own and
//! reads that; so no value it reads may carry that file's block comments; `uncommented` breaks
//! them. Invariant: text from here is one line of printable 7-bit characters.
//!
//! Source: `app_voicemail.c`, `make_email_file` (order), `get_header_by_tag` and
//! `imap_retrieve_file` (reading); `main/config.c`, `config_text_file_load` (block comments).

/// What every header name of this family begins with, and what no value may contain.
pub const FAMILY: &str = "X-Asterisk-VM";

/// A header of Asterisk's IMAP storage, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VmHeader {
    /// The number shown to people, counted from 1; 0 for a greeting.
    MessageNum,
    /// The general `fromstring`.
    ServerName,
    /// The voicemail context; a search term.
    Context,
    /// The mailbox number or share id; a search term.
    Extension,
    /// Empty, `Urgent` or `PRIORITY`.
    Flag,
    /// The dialplan priority.
    Priority,
    /// The caller's number.
    CallerIdNum,
    /// The caller's name; Asterisk crashes where this header is missing.
    CallerIdName,
    /// Whole seconds.
    Duration,
    /// Always empty where Asterisk itself stored the message.
    Category,
    /// `Message`, or a greeting's name.
    MessageType,
    /// The date for people.
    OrigDate,
    /// Unix seconds.
    OrigTime,
    /// Asterisk's own id.
    MessageId,
}

impl VmHeader {
    /// Every header of the family, in the order in which Asterisk writes them.
    pub const ALL: [Self; 14] = [
        Self::MessageNum,
        Self::ServerName,
        Self::Context,
        Self::Extension,
        Self::Flag,
        Self::Priority,
        Self::CallerIdNum,
        Self::CallerIdName,
        Self::Duration,
        Self::Category,
        Self::MessageType,
        Self::OrigDate,
        Self::OrigTime,
        Self::MessageId,
    ];

    /// The header's name, without the colon.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessageNum => "X-Asterisk-VM-Message-Num",
            Self::ServerName => "X-Asterisk-VM-Server-Name",
            Self::Context => "X-Asterisk-VM-Context",
            Self::Extension => "X-Asterisk-VM-Extension",
            Self::Flag => "X-Asterisk-VM-Flag",
            Self::Priority => "X-Asterisk-VM-Priority",
            Self::CallerIdNum => "X-Asterisk-VM-Caller-ID-Num",
            Self::CallerIdName => "X-Asterisk-VM-Caller-ID-Name",
            Self::Duration => "X-Asterisk-VM-Duration",
            Self::Category => "X-Asterisk-VM-Category",
            Self::MessageType => "X-Asterisk-VM-Message-Type",
            Self::OrigDate => "X-Asterisk-VM-Orig-date",
            Self::OrigTime => "X-Asterisk-VM-Orig-time",
            Self::MessageId => "X-Asterisk-VM-Message-ID",
        }
    }

    /// Whether Asterisk reads the value back when it plays the message. The server searches for
    /// `Context` as well, and for `Extension`, which is not read back; the others are never looked
    /// at.
    #[must_use]
    pub const fn is_read_back(self) -> bool {
        matches!(
            self,
            Self::Context
                | Self::Flag
                | Self::CallerIdNum
                | Self::CallerIdName
                | Self::Duration
                | Self::Category
                | Self::OrigTime
                | Self::MessageId
        )
    }
}

/// The caller's number, for mail programs; written only where there is one.
pub const CALLER_ID: &str = "X-Asterisk-CallerID";
/// The caller's name, for mail programs; written only where there is one.
pub const CALLER_ID_NAME: &str = "X-Asterisk-CallerIDName";

/// Octet offsets at which [`FAMILY`] stands in `text`, in any case of letters.
pub(crate) fn family_offsets(text: &[u8]) -> impl Iterator<Item = usize> {
    text.windows(FAMILY.len())
        .enumerate()
        .filter(|(_, window)| {
            matches!(window[0], b'X' | b'x') && window.eq_ignore_ascii_case(FAMILY.as_bytes())
        })
        .map(|(at, _)| at)
}

/// What is left of `text` in one 7-bit header line: octets below 0x20 and above 0x7E dropped, as
/// Asterisk drops them, and at most `max` characters kept.
///
/// Where the text contains [`FAMILY`], its first hyphen becomes a space. That is the smallest
/// change that stops Asterisk's reader from taking the value for a header: the length stays, and
/// a person still reads the same words. Safe to repeat.
pub(crate) fn printable(text: &str, max: usize) -> String {
    let mut octets: Vec<u8> = text
        .bytes()
        .filter(|o| matches!(o, b' '..=b'~'))
        .take(max)
        .collect();
    let found: Vec<usize> = family_offsets(&octets).collect();
    for at in found {
        octets[at + 1] = b' ';
    }
    octets.into_iter().map(char::from).collect()
}

/// `text` without the marks of Asterisk's block comments: in `;--` and `--;` the hyphen next to the
/// semicolon becomes a space.
///
/// Asterisk plays an IMAP message from a `msgNNNN.txt` that it makes of the headers, and escapes
/// nothing in it. A caller named `;--` (or `--;`) would comment out everything after his name,
/// origtime first: the message is not played, and is `\Seen` all the same. Safe to repeat.
pub(crate) fn uncommented(text: &str) -> String {
    let mut octets = text.as_bytes().to_vec();
    for at in 0..octets.len() {
        if octets[at..].starts_with(b";--") {
            octets[at + 1] = b' ';
        }
        if octets[..=at].ends_with(b"--;") {
            octets[at - 1] = b' ';
        }
    }
    // Only hyphens were replaced.
    String::from_utf8(octets).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_block_comments_are_broken_and_nothing_else_changes() {
        for (text, broken) in [
            ("a;--b", "a; -b"),
            ("a--;b", "a- ;b"),
            (";--;", "; -;"),
            (";---;", "; - ;"),
            ("--;--", "- ; -"),
            (";-;-- ;-", ";-; - ;-"),
            ("Dr. Who; B-A -- c", "Dr. Who; B-A -- c"),
            ("é;--é", "é; -é"),
        ] {
            assert_eq!(uncommented(text), broken, "{text}");
            assert_eq!(uncommented(broken), broken, "{text}");
        }
    }

    #[test]
    fn a_header_name_inside_a_value_is_broken_and_nothing_else_changes() {
        assert_eq!(
            printable("a x-asterisk-vm-Duration: 99 X-Asterisk-VM", 80),
            "a x asterisk-vm-Duration: 99 X Asterisk-VM"
        );
        assert_eq!(printable("X-Asterisk-V", 80), "X-Asterisk-V");
    }

    #[test]
    fn dropping_characters_cannot_put_a_header_name_together() {
        assert_eq!(printable("X-Ast\u{0}eriskß-VM", 80), "X Asterisk-VM");
    }

    #[test]
    fn breaking_a_name_is_safe_to_repeat() {
        let once = printable("X-Asterisk-VMX-Asterisk-VM-Flag:", 80);
        assert_eq!(printable(&once, 80), once);
        assert_eq!(family_offsets(once.as_bytes()).count(), 0);
    }

    #[test]
    fn every_name_belongs_to_the_family() {
        for header in VmHeader::ALL {
            assert!(header.name().starts_with(FAMILY), "{header:?}");
        }
    }
}
