//! Rules about how headers are written, where Asterisk's reader differs from a mail program's.
//!
//! One finding a message and rule, naming all headers concerned. Source: `get_header_by_tag`.

use super::super::catalogue::{Rule, headers as code, message};
use super::fields::Field;
use super::{Check, Fault, Stored, quoted, quoted_octets};
use crate::voicemail::header::VmHeader;
use crate::voicemail::message::MAX_HEADER_VALUE;
use crate::voicemail::parse::txt_loss;

/// The rules of this file.
pub const CHECKS: &[Check] = &[
    no_caller_name,
    no_space,
    swallows_next,
    folded,
    injected,
    encoded_word,
    twice,
    too_long,
    commented_out,
    cut_at_semicolon,
];

/// The headers that Asterisk reads back, each with its field as it was meant.
fn meant<'s>(stored: &'s Stored<'_>) -> impl Iterator<Item = (VmHeader, &'s Field<'s>)> {
    let read = VmHeader::ALL.into_iter().filter(|h| h.is_read_back());
    read.filter_map(|header| Some((header, stored.fields.first(header.name())?)))
}

/// A finding that names the headers.
fn of(rule: &'static Rule, found: &[String]) -> Option<Fault> {
    (!found.is_empty()).then(|| Fault::new(rule, found.join(", ")))
}

/// Every header for which `wrong` holds, with what Asterisk reads.
fn all(
    stored: &Stored<'_>,
    rule: &'static Rule,
    wrong: impl Fn(&Field<'_>) -> bool,
) -> Option<Fault> {
    let named: Vec<String> = meant(stored)
        .filter(|(_, field)| wrong(field))
        .map(|(header, _)| as_read(stored, header))
        .collect();
    of(rule, &named)
}

/// A header and what Asterisk takes for its value.
fn as_read(stored: &Stored<'_>, header: VmHeader) -> String {
    let value = stored.read(header).unwrap_or_default();
    format!("{} is read as {}", header.name(), quoted(&value))
}

fn no_caller_name(stored: &Stored<'_>) -> Option<Fault> {
    let name = VmHeader::CallerIdName;
    let missing = stored.view.get(name).is_none();
    missing.then(|| {
        Fault::new(
            &message::NO_CALLER_NAME,
            format!("{} is missing", name.name()),
        )
    })
}

fn no_space(stored: &Stored<'_>) -> Option<Fault> {
    all(stored, &code::NO_SPACE, |field| {
        !matches!(field.line.first(), None | Some(b' ' | b'\t'))
    })
}

fn swallows_next(stored: &Stored<'_>) -> Option<Fault> {
    all(stored, &code::SWALLOWS_NEXT, |field| field.line.is_empty())
}

fn folded(stored: &Stored<'_>) -> Option<Fault> {
    all(stored, &code::FOLDED, |field| {
        field.folded && !field.line.is_empty()
    })
}

fn injected(stored: &Stored<'_>) -> Option<Fault> {
    let read = VmHeader::ALL.into_iter().filter(|h| h.is_read_back());
    let found: Vec<String> = read
        .filter(|header| {
            let fields = stored.fields.count(header.name());
            stored.view.count(*header) as usize > fields
        })
        .filter_map(|header| {
            let host = stored.fields.host_of(header)?;
            let place = quoted_octets(host.name);
            Some(format!(
                "{}, from the header {place}",
                as_read(stored, header)
            ))
        })
        .collect();
    of(&code::INJECTED, &found)
}

fn encoded_word(stored: &Stored<'_>) -> Option<Fault> {
    let has = |line: &[u8], mark: &[u8; 2]| line.windows(2).any(|window| window == mark);
    all(stored, &code::ENCODED_WORD, |field| {
        has(field.line, b"=?") && has(field.line, b"?=")
    })
}

fn twice(stored: &Stored<'_>) -> Option<Fault> {
    all(stored, &code::TWICE, |field| {
        let name = String::from_utf8_lossy(field.name);
        stored.fields.count(&name) > 1
    })
}

fn too_long(stored: &Stored<'_>) -> Option<Fault> {
    all(stored, &code::TOO_LONG, |field| {
        // One octet is the space that is skipped.
        field.line.trim_ascii_end().len() > MAX_HEADER_VALUE + 1
    })
}

fn commented_out(stored: &Stored<'_>) -> Option<Fault> {
    let loss = txt_loss(&stored.view);
    let origtime = loss.hidden.contains(&VmHeader::OrigTime);
    origtime.then(|| {
        let culprit = marked(stored);
        Fault::new(&code::COMMENTED_OUT, format!("{culprit} hides Orig-time"))
    })
}

fn cut_at_semicolon(stored: &Stored<'_>) -> Option<Fault> {
    let loss = txt_loss(&stored.view);
    if loss.is_empty() || loss.hidden.contains(&VmHeader::OrigTime) {
        return None;
    }
    let names = |headers: &[VmHeader]| {
        let names: Vec<&str> = headers.iter().map(|header| header.name()).collect();
        names.join(", ")
    };
    let mut found = Vec::new();
    if !loss.cut.is_empty() {
        found.push(format!("{} is cut", names(&loss.cut)));
    }
    if !loss.hidden.is_empty() {
        found.push(format!("{} is lost", names(&loss.hidden)));
    }
    let culprit = marked(stored);
    Some(Fault::new(
        &code::CUT_AT_SEMICOLON,
        format!("{} ({culprit})", found.join(", ")),
    ))
}

/// The first value with a semicolon in it.
fn marked(stored: &Stored<'_>) -> String {
    let headers = VmHeader::ALL.into_iter().filter(|h| h.is_read_back());
    let mut values = headers.filter_map(|header| stored.read(header));
    let value = values.find(|value| value.contains(';'));
    quoted(&value.unwrap_or_default())
}
