//! Rules about what a message is made of: its parts and its recording.

use super::Kind::{Crash, Unplayable};
use super::{Level, Rule};
use crate::voicemail::notice::Severity::{Error, Warning};

/// No caller's name.
pub static NO_CALLER_NAME: Rule = Rule::new("VMA001", Error, Crash, "no Caller-ID-Name header")
    .expected("a header X-Asterisk-VM-Caller-ID-Name, be it empty")
    .asterisk("ends when the message is played: a null string is copied")
    .cure("audit --fix stores it again with the header, empty");

/// Part 2 has no parameter.
pub static NO_PARAMETER: Rule = Rule::new(
    "VMA002",
    Error,
    Crash,
    "the second part's Content-Type has no parameter",
)
.expected("Content-Type: audio/x-WAV; name=\"msg0000.WAV\"")
.asterisk("ends when the message is played: it reads the first parameter without looking")
.cure("store the recording again with its name in Content-Type; delete this message");

/// The message is one message within another.
pub static MESSAGE_IN_MESSAGE: Rule = Rule::new(
    "VMA003",
    Error,
    Crash,
    "a message forwarded as an attachment (message/rfc822)",
)
.expected("a multipart with a text and a recording")
.asterisk("ends when the message is played")
.cure("move it to a folder that no phone opens");

/// No attachment.
pub static NO_ATTACHMENT: Rule = Rule::new("VMA007", Error, Unplayable, "no attachment")
    .expected("a multipart whose second part is the recording")
    .asterisk("says \"There is no file attached\": counted as new for ever, never played")
    .cure("delete the message, or store it again with its recording");

/// The recording is part 1.
pub static RECORDING_FIRST: Rule = Rule::new(
    "VMA011",
    Error,
    Unplayable,
    "the recording is the first part, not the second",
)
.expected("a text in front of the recording")
.asterisk("looks at the second part only: counted, never played")
.cure("store the message again with a text part in front");

/// Part 2's first parameter names no format.
pub static NO_FORMAT: Rule = Rule::new(
    "VMA012",
    Error,
    Unplayable,
    "the first parameter of the second part's Content-Type names no recording",
)
.expected("a name with one dot and a format of Asterisk behind it, such as msg0000.WAV")
.asterisk("takes what follows the first dot for the format: finds none, and never plays it")
.cure("store the recording again with name=\"msg0000.WAV\" as the first parameter");

/// The recording is something else than its name says.
pub static WRONG_CONTENT: Rule = Rule::new(
    "VMA013",
    Error,
    Unplayable,
    "the recording is not what its name says",
)
.level(Level::Audio)
.expected(".WAV holds GSM in RIFF, .wav holds 16-bit PCM at 8 kHz, .gsm bare GSM frames")
.asterisk(
    "plays nothing and sets \\Seen: the message turns old unheard; of a greeting callers hear nothing",
)
.cure("store it again under the name that is true");

/// The recording is empty.
pub static EMPTY_RECORDING: Rule = Rule::new("VMA014", Error, Unplayable, "the recording is empty")
    .expected("at least one frame of sound")
    .asterisk(
    "plays nothing and sets \\Seen: the message turns old unheard; of a greeting callers hear nothing",
)
    .cure("look for the recording in a backup, or delete the message");

/// The recording was cut short.
pub static CUT_SHORT: Rule = Rule::new("VMA015", Warning, Unplayable, "the recording is cut short")
    .level(Level::Audio)
    .expected("as much audio as the header promises, and a closing boundary")
    .asterisk("plays what is there")
    .cure("look for the whole recording in a backup");

/// A third part that is no spoken comment.
pub static THIRD_PART: Rule = Rule::new(
    "VMA016",
    Error,
    Unplayable,
    "a third part that is no spoken comment",
)
.expected("two parts, or a third called msgintroNNNN in the second one's format")
.asterisk("plays the third part first, in the second one's format: noise")
.cure("store the message again with one recording");

/// Longer than Asterisk takes.
pub static TOO_LONG: Rule = Rule::new(
    "VMA017",
    Error,
    Unplayable,
    "the recording is larger than Asterisk takes from IMAP",
)
.expected("at most 128 MiB of base64")
.asterisk("does not play it")
.cure("store it again in a smaller format, such as WAV or gsm");

/// A header Asterisk's reader does not understand.
pub static ODD_WAV: Rule = Rule::new(
    "VMA018",
    Error,
    Unplayable,
    "the recording's header is legal, but none that Asterisk's reader understands",
)
.level(Level::Audio)
.expected("the chunks fmt, (fact,) data, one after the other")
.asterisk("plays nothing, or noise")
.cure("convert the recording anew, with sox for example, and store it again");

/// Not base64.
pub static NOT_BASE64: Rule = Rule::new(
    "VMA019",
    Error,
    Unplayable,
    "the recording is not sent in base64",
)
.expected("Content-Transfer-Encoding: base64, and no other character among it")
.asterisk("decodes base64 whatever the encoding says, and nothing where another character is: plays nothing")
.cure("store the message again with base64");

/// Every rule of this file, by code.
pub static RULES: &[&Rule] = &[
    &NO_CALLER_NAME,
    &NO_PARAMETER,
    &MESSAGE_IN_MESSAGE,
    &NO_ATTACHMENT,
    &RECORDING_FIRST,
    &NO_FORMAT,
    &WRONG_CONTENT,
    &EMPTY_RECORDING,
    &CUT_SHORT,
    &THIRD_PART,
    &TOO_LONG,
    &ODD_WAV,
    &NOT_BASE64,
];
