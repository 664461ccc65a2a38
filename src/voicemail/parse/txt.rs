//! What is left of the headers in the file that Asterisk plays from.
//!
//! Asterisk writes what it read into a `msgNNNN.txt`, escapes nothing, and reads that file as
//! configuration. So a semicolon in a caller's name is a comment, and `;--` hides lines. This goes
//! the same way with the same rules, and says what did not arrive.
//!
//! Source: `app_voicemail.c`, `imap_retrieve_file`; main/config.c, `config_text_file_load`.

use std::path::Path;

use super::AsteriskHeaders;
use crate::voicemail::conf::{Comments, Place};
use crate::voicemail::header::VmHeader;

/// Every header that goes into the file after the caller's line, in its order.
const LINES: [(VmHeader, &str); 6] = [
    (VmHeader::Context, "context"),
    (VmHeader::OrigTime, "origtime"),
    (VmHeader::Duration, "duration"),
    (VmHeader::Category, "category"),
    (VmHeader::Flag, "flag"),
    (VmHeader::MessageId, "msg_id"),
];

/// What does not come back out of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TxtLoss {
    /// Headers whose line is not there at all.
    pub hidden: Vec<VmHeader>,
    /// Headers whose value is cut.
    pub cut: Vec<VmHeader>,
}

impl TxtLoss {
    /// Whether nothing is lost.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hidden.is_empty() && self.cut.is_empty()
    }
}

/// What comments take out of the file. The caller's name and number stand in one line, so that a
/// semicolon in the name takes the number along.
#[must_use]
pub fn txt_loss(view: &AsteriskHeaders) -> TxtLoss {
    let mut loss = TxtLoss::default();
    let values = |header| view.get(header).unwrap_or_default();
    let all = [VmHeader::CallerIdName, VmHeader::CallerIdNum].into_iter();
    let mut all = all.chain(LINES.map(|(header, _)| header));
    if !all.any(|header| values(header).contains(&b';')) {
        return loss;
    }
    let mut comments = Comments::default();
    let place = Place::new(Path::new("msg.txt"), 0);
    let part = |header, open: &[u8], close: &[u8]| {
        let value = view.get(header);
        value.map_or_else(Vec::new, |value| [open, value, close].concat())
    };
    let name = part(VmHeader::CallerIdName, b"callerid=\"", b"\" ");
    let number = part(VmHeader::CallerIdNum, b"<", b">");
    let left = comments.strip(&[&*name, &*number].concat(), &place).0;
    let left = left.unwrap_or_default();
    let name_is_whole = left.starts_with(&unescaped(&name));
    if !name_is_whole {
        loss.cut.push(VmHeader::CallerIdName);
    }
    if !left.ends_with(&unescaped(&number)) {
        // Behind a whole name its `<` at least is there.
        let list = if name_is_whole {
            &mut loss.cut
        } else {
            &mut loss.hidden
        };
        list.push(VmHeader::CallerIdNum);
    }
    let mut read = |line: &[u8], header| {
        let left = comments.strip(line, &place).0;
        match left {
            Some(left) if left.trim_ascii() == unescaped(line).trim_ascii() => {}
            Some(left) if left.contains(&b'=') => loss.cut.push(header),
            _ => loss.hidden.push(header),
        }
    };
    for (header, key) in LINES {
        if let Some(value) = view.get(header) {
            read(&[key.as_bytes(), b"=", value].concat(), header);
        }
    }
    loss
}

/// The line with `\;` as the semicolon it stands for.
fn unescaped(line: &[u8]) -> Vec<u8> {
    let mut left = Vec::with_capacity(line.len());
    for (at, octet) in line.iter().enumerate() {
        if !(*octet == b'\\' && line.get(at + 1) == Some(&b';')) {
            left.push(*octet);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::super::asterisk_view;
    use super::*;

    fn loss(name: &str, number: &str) -> TxtLoss {
        let block = format!(
            "X-Asterisk-VM-Context: default\r\nX-Asterisk-VM-Caller-ID-Num: {number}\r\n\
             X-Asterisk-VM-Caller-ID-Name: {name}\r\nX-Asterisk-VM-Duration: 3\r\n\
             X-Asterisk-VM-Flag: \r\nX-Asterisk-VM-Orig-time: 1795427846\r\n"
        );
        txt_loss(&asterisk_view(block.as_bytes()))
    }

    #[test]
    fn a_plain_semicolon_cuts_the_callers_line_and_hides_nothing() {
        assert!(loss("Ada", "1").is_empty());
        assert!(loss("Ada\\;Eve", "1").is_empty());
        let (name, number) = (VmHeader::CallerIdName, VmHeader::CallerIdNum);
        for (caller, cut, hidden) in [
            (("Ada; Eve", "1"), vec![name], vec![number]),
            (("Ada;---", "1"), vec![name], vec![number]),
            (("Ada", "1;2"), vec![number], vec![]),
            (("<Ada>", "1;2"), vec![number], vec![]),
            (("<Ada;>", "1"), vec![name], vec![number]),
        ] {
            let loss = loss(caller.0, caller.1);
            assert_eq!((loss.cut, loss.hidden), (cut, hidden), "{caller:?}");
        }
    }

    #[test]
    fn a_block_comment_hides_the_time() {
        for (name, number) in [("Ada;--", "1"), ("a--;", "1"), ("Ada", "1;--2")] {
            let hidden = loss(name, number).hidden;
            assert!(hidden.contains(&VmHeader::OrigTime), "{name} {number}");
            assert!(hidden.contains(&VmHeader::Context), "{name} {number}");
        }
        // Opened and closed within the value.
        let closed = loss("A;--b--;c", "1");
        assert_eq!(
            (closed.cut, closed.hidden),
            (vec![VmHeader::CallerIdName], vec![])
        );
    }
}
