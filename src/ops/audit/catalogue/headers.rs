//! Rules about what Asterisk takes for the value of a header, and about dates.

use super::Kind::{Misread, Unplayable};
use super::Rule;
use crate::voicemail::notice::Severity::{Error, Info, Warning};

/// No time.
pub static NO_ORIGTIME: Rule = Rule::new("VMA020", Error, Unplayable, "no Orig-time header")
    .expected("X-Asterisk-VM-Orig-time: Unix seconds")
    .asterisk("says \"No origtime?!\": does not play it and sets \\Seen; it turns old unheard")
    .cure("store the message again with the time it was left");

/// A block comment hides the time.
pub static COMMENTED_OUT: Rule = Rule::new(
    "VMA021",
    Error,
    Unplayable,
    "a value comments out the time in Asterisk's own file",
)
.expected("neither ;-- nor --; in the caller's name or number or in the context")
.asterisk(
    "writes the headers into a msgNNNN.txt unescaped and reads it as configuration: ;-- and --; \
     hide what follows, origtime with it; not played, and \\Seen",
)
.cure("audit --fix stores it again with a blank in place of a hyphen of ;-- or --;");

/// No space after the colon.
pub static NO_SPACE: Rule = Rule::new(
    "VMA030",
    Warning,
    Misread,
    "no space after a header's colon",
)
.expected("exactly one space between the colon and the value")
.asterisk("skips one character whatever it is: the first of the value is lost")
.cure("audit --fix stores it again with the space");

/// An empty header without its space.
pub static SWALLOWS_NEXT: Rule = Rule::new(
    "VMA031",
    Warning,
    Misread,
    "an empty header without the space after its colon",
)
.expected("one space after the colon, be the value empty")
.asterisk("skips the line end and takes the next header line for the value")
.cure("audit --fix stores it again with the space; some mail servers strip it in transit");

/// A folded value.
pub static FOLDED: Rule = Rule::new("VMA032", Warning, Misread, "a folded header")
    .expected("the whole value on one line")
    .asterisk("reads the first line only")
    .cure("audit --fix stores it again with the value on one line");

/// A header's name within another's value.
pub static INJECTED: Rule = Rule::new(
    "VMA033",
    Warning,
    Misread,
    "a header's name stands in another header's value",
)
.expected("no X-Asterisk-VM name anywhere but at the beginning of its own line")
.asterisk("takes the first place where the name stands, wherever that is")
.cure("look at the message: somebody may have wanted to deceive; store it again without the text");

/// RFC 2047.
pub static ENCODED_WORD: Rule = Rule::new(
    "VMA034",
    Warning,
    Misread,
    "an encoded word (RFC 2047) in a header that is read as it stands",
)
.expected("plain text")
.asterisk("decodes nothing: the code itself is the value")
.cure("audit --fix writes a caller's name as Asterisk would have; what would lose all its letters, or is in a character set without ASCII, stays");

/// A header twice.
pub static TWICE: Rule = Rule::new("VMA035", Warning, Misread, "a header stands twice")
    .expected("each X-Asterisk-VM header once")
    .asterisk("reads the first one")
    .cure("look at the message; store it again with one of them");

/// A time that cannot be.
pub static BAD_ORIGTIME: Rule = Rule::new("VMA036", Warning, Misread, "an impossible Orig-time")
    .expected("Unix seconds, after 1990 and not in the future")
    .asterisk("plays the message and says no date, or a wrong one")
    .cure("store the message again with the time it was left");

/// A duration that is no number.
pub static BAD_DURATION: Rule = Rule::new(
    "VMA037",
    Warning,
    Misread,
    "a Duration that is not a number of seconds",
)
.expected("whole seconds")
.asterisk("takes the leading digits, or nothing")
.cure("store the message again with its length in seconds");

/// The duration is not the recording's.
pub static WRONG_DURATION: Rule = Rule::new(
    "VMA038",
    Warning,
    Misread,
    "the Duration is not the recording's length",
)
.expected("the recording's whole seconds")
.asterisk("says the Duration, whatever the recording's length")
.cure("compare with a backup: the recording may be cut, or belong to another message");

/// The server's date is not the message's.
pub static WRONG_DATE: Rule = Rule::new(
    "VMA039",
    Warning,
    Misread,
    "the server's date (INTERNALDATE) is not the message's",
)
.expected("the same time, an hour more or less")
.asterisk("does not look at it; mail programs sort by it, and policies go by it")
.cure("audit --fix dates stores it again with the date of Orig-time (it is then played last); copy mailboxes with a tool that keeps INTERNALDATE");

/// A value too long.
pub static TOO_LONG: Rule = Rule::new(
    "VMA040",
    Info,
    Misread,
    "a value longer than Asterisk reads",
)
.expected("at most 79 octets")
.asterisk("cuts it after 79 octets")
.cure("store the message again with a shorter value");

/// A semicolon cuts a value.
pub static CUT_AT_SEMICOLON: Rule = Rule::new(
    "VMA041",
    Info,
    Misread,
    "a semicolon cuts values in Asterisk's own file",
)
.expected("no semicolon in what Asterisk reads, or one behind a backslash")
.asterisk("reads its msgNNNN.txt as configuration: what follows a semicolon in a line is a comment")
.cure("leave it: the caller's name is said or shown incompletely, nothing else");

/// Every rule of this file, by code.
pub static RULES: &[&Rule] = &[
    &NO_ORIGTIME,
    &COMMENTED_OUT,
    &NO_SPACE,
    &SWALLOWS_NEXT,
    &FOLDED,
    &INJECTED,
    &ENCODED_WORD,
    &TWICE,
    &BAD_ORIGTIME,
    &BAD_DURATION,
    &WRONG_DURATION,
    &WRONG_DATE,
    &TOO_LONG,
    &CUT_AT_SEMICOLON,
];
