//! A header block as it should have been written: only the lines at fault change.
//!
//! Octets that are not at fault stay as they are, whatever they are; nothing is decoded but encoded
//! words in the caller's name and number (`words`), and nothing is made up. Safe to repeat: a mended block has nothing left to mend.

use crate::ops::audit::rules::{Owner, Stored};
use crate::voicemail::header::{VmHeader, uncommented};
use crate::voicemail::parse::{asterisk_view, txt_loss};

/// The codes of the faults that are mended here, all of a message's or none.
pub const MENDED: [&str; 5] = ["VMA001", "VMA021", "VMA030", "VMA031", "VMA032"];
/// The code of those that are mended where it can be known what was meant.
const ENCODED: &str = "VMA034";

/// A mended block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The block, the empty line at its end included where there was one.
    pub block: Vec<u8>,
    /// What was changed, in words.
    pub changes: Vec<String>,
    /// The codes of the faults that are gone.
    pub cured: Vec<&'static str>,
}

/// One field with all its lines.
struct Lines<'b> {
    header: Option<VmHeader>,
    octets: &'b [u8],
}

/// Mends a block; `None` where there is nothing to mend, or it cannot be mended wholly.
#[must_use]
pub fn mend(block: &[u8]) -> Option<Mended> {
    let view = asterisk_view(block);
    let hides_time = txt_loss(&view).hidden.contains(&VmHeader::OrigTime);
    let nameless = view.get(VmHeader::CallerIdName).is_none();
    let mut mended = Mended {
        block: Vec::with_capacity(block.len() + 64),
        changes: Vec::new(),
        cured: Vec::new(),
    };
    let mut seen = Vec::new();
    let all = fields(block);
    let add_name_behind = nameless.then(|| place_of_name(&all)).flatten();
    for (at, field) in all.iter().enumerate() {
        let first = field.header.filter(|header| !seen.contains(header));
        seen.extend(field.header);
        match first.and_then(|header| corrected(header, field.octets, hides_time)) {
            Some((line, change)) => {
                mended.block.extend_from_slice(&line);
                mended.changes.push(change);
            }
            None => mended.block.extend_from_slice(field.octets),
        }
        if add_name_behind == Some(at) {
            let name = VmHeader::CallerIdName.name();
            mended.block.extend_from_slice(name.as_bytes());
            mended.block.extend_from_slice(b": \r\n");
            mended.changes.push(format!("add an empty {name}"));
        }
    }
    let left = codes(&mended.block);
    mended.cured = codes(block);
    mended.cured.retain(|code| !left.contains(code));
    let wholly = left.iter().all(|code| *code == ENCODED);
    (!mended.changes.is_empty() && wholly).then_some(mended)
}

/// The codes of the faults of a block that may be mended here.
fn codes(block: &[u8]) -> Vec<&'static str> {
    let stored = Stored::new(block, Owner::Here);
    let codes = stored.faults().map(|fault| fault.rule.code());
    codes
        .filter(|code| MENDED.contains(code) || *code == ENCODED)
        .collect()
}

/// The last of Asterisk's headers: the missing one goes behind it.
fn place_of_name(all: &[Lines<'_>]) -> Option<usize> {
    all.iter().rposition(|field| field.header.is_some())
}

/// The fields of a block with their continuation lines; an empty line is a field of its own.
fn fields(block: &[u8]) -> Vec<Lines<'_>> {
    let mut all: Vec<Lines<'_>> = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in block.split_inclusive(|octet| *octet == b'\n') {
        let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
        if at > start && !goes_on {
            all.push(field(&block[start..at]));
            start = at;
        }
        at += line.len();
    }
    if at > start {
        all.push(field(&block[start..at]));
    }
    all
}

fn field(octets: &[u8]) -> Lines<'_> {
    let colon = octets.iter().position(|octet| *octet == b':');
    let name = colon.map(|colon| octets[..colon].trim_ascii_end());
    let mut known = VmHeader::ALL
        .into_iter()
        .filter(|header| header.is_read_back());
    Lines {
        header: name
            .and_then(|name| known.find(|h| name.eq_ignore_ascii_case(h.name().as_bytes()))),
        octets,
    }
}

/// The field as it should stand, and what that changes; `None` where it is right.
fn corrected(header: VmHeader, octets: &[u8], hides_time: bool) -> Option<(Vec<u8>, String)> {
    let colon = octets.iter().position(|octet| *octet == b':')?;
    let (name, raw) = (&octets[..colon], &octets[colon + 1..]);
    let lines: Vec<&[u8]> = raw
        .split(|octet| *octet == b'\n')
        .map(<[u8]>::trim_ascii_end)
        .collect();
    let folded = lines.iter().skip(1).any(|line| !line.is_empty());
    let first = lines.first().copied().unwrap_or_default();
    let spaced = matches!(raw.first(), Some(b' ' | b'\t'));
    let culprit = matches!(header, VmHeader::CallerIdName | VmHeader::CallerIdNum);
    let mut value = first
        .strip_prefix(b" ")
        .or(first.strip_prefix(b"\t"))
        .unwrap_or(first)
        .to_vec();
    let mut done = Vec::new();
    if folded {
        for line in lines.iter().skip(1).filter(|line| !line.is_empty()) {
            if !value.is_empty() {
                value.push(b' ');
            }
            value.extend_from_slice(line.trim_ascii());
        }
        done.push("on one line");
    } else if !spaced {
        done.push("with a space after its colon");
    }
    if culprit && let Some(plain) = super::words::plain(&value) {
        value = plain;
        done.push("as plain text");
    }
    if hides_time
        && culprit
        && let Ok(text) = std::str::from_utf8(&value)
    {
        let safe = uncommented(text).into_bytes();
        if safe != value {
            value = safe;
            done.push("without the marks of a comment");
        }
    }
    if done.is_empty() {
        return None;
    }
    let change = format!("write {} {}", header.name(), done.join(" and "));
    Some(([name, b": ", &value, b"\r\n"].concat(), change))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "Subject: x\r\nX-Asterisk-VM-Caller-ID-Num: 1\r\n\
        X-Asterisk-VM-Caller-ID-Name: Ada\r\nX-Asterisk-VM-Orig-time: 1795427846\r\n\r\n";

    fn mended(block: &str) -> Option<String> {
        mend(block.as_bytes()).map(|mended| String::from_utf8(mended.block).unwrap())
    }

    #[test]
    fn only_the_lines_at_fault_change() {
        assert_eq!(mended(SOUND), None);
        for (from, to, becomes) in [
            ("Num: 1", "Num:1", "Num: 1"),
            ("Name: Ada", "Name:", "Name: "),
            (
                "Name: Ada",
                "Name: Ada\r\n  Love\r\n\tlace",
                "Name: Ada Love lace",
            ),
            ("Name: Ada", "Name:\r\n Ada", "Name: Ada"),
            ("Name: Ada", "Name: J\u{f3};--x", "Name: J\u{f3}; -x"),
            ("Name: Ada", "Name: =?utf-8?q?Ad=C3=A9?=", "Name: Ad"),
            (
                "Name: Ada",
                "Name: =?utf-8?q?A?=\r\n =?utf-8?q?da?=",
                "Name: Ada",
            ),
            ("time: 1", "time:\t1", ""),
        ] {
            let broken = SOUND.replacen(from, to, 1);
            let right = SOUND.replacen(from, becomes, 1);
            let expected = (!becomes.is_empty()).then_some(right);
            assert_eq!(mended(&broken), expected, "{to}");
            if let Some(again) = mended(&broken) {
                assert_eq!(mended(&again), None, "{to}");
            }
        }
    }

    #[test]
    fn a_word_that_cannot_be_read_for_sure_keeps_nothing_else_from_being_mended() {
        let unread = "=?iso-2022-jp?B?GyRCRU8bKEI=?=";
        let both = SOUND.replacen("Name: Ada", &format!("Name:{unread}"), 1);
        let one = SOUND.replacen("Name: Ada", &format!("Name: {unread}"), 1);
        assert_eq!(mended(&both).as_deref(), Some(one.as_str()));
        assert_eq!(mend(both.as_bytes()).unwrap().cured, ["VMA030"]);
        assert_eq!(mended(&one), None);
    }

    #[test]
    fn a_missing_name_is_added_empty_and_a_missing_time_is_not_made_up() {
        let nameless = SOUND.replacen("X-Asterisk-VM-Caller-ID-Name: Ada\r\n", "", 1);
        let with = SOUND
            .replacen("X-Asterisk-VM-Caller-ID-Name: Ada\r\n", "", 1)
            .replacen("\r\n\r\n", "\r\nX-Asterisk-VM-Caller-ID-Name: \r\n\r\n", 1);
        assert_eq!(mended(&nameless), Some(with));
        let timeless = SOUND.replacen("X-Asterisk-VM-Orig-time: 1795427846\r\n", "", 1);
        assert_eq!(mended(&timeless), None);
    }
}
