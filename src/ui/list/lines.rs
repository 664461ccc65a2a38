//! Messages: a heading and a row a message for each voicemail box.

use std::fmt::Write as _;

use crate::ops::list::entry::{Entry, Sound};
use crate::ops::list::{BoxListing, messages};
use crate::ui::sheet::{Cell, Head};

use super::words::{cell, list_texts, not_shown_text};

/// `4123@default: 8 messages, 0:41 minutes (5 new, 1 urgent, 2 old); not shown: 1 in Old`
pub(super) fn heading(listing: &BoxListing) -> String {
    let own = &listing.own;
    let mut line = format!("{}: ", listing.vmbox);
    if !listing.read {
        line.push_str("could not be read");
        return line;
    }
    let shown = own.shown();
    if shown.messages == 0 {
        line.push_str("no messages");
    } else {
        let length = Cell::Seconds(shown.seconds).at_least(shown.unknown > 0);
        // Writing to a String cannot fail.
        let _ = write!(
            line,
            "{}, {} minutes ({})",
            messages(shown.messages),
            length.for_people(true),
            list_texts(own)
        );
    }
    let not_shown = not_shown_text(own);
    if !not_shown.is_empty() {
        let _ = write!(line, "; not shown: {not_shown}");
    }
    if listing.error.is_some() {
        line.push_str("; one folder could not be read");
    }
    line
}

pub(super) fn message_heads(also: bool, greeting: bool) -> Vec<Head> {
    vec![
        Head::file_only("mailbox"),
        Head::text("folder", "Folder"),
        Head::text("state", "State"),
        Head::text("time", "When"),
        Head::table_only("Caller"),
        Head::file_only("caller_name"),
        Head::file_only("caller_number"),
        Head::number("seconds", "Length"),
        Head::number("octets", "Size").spare(2),
        Head::text("format", "Format").spare(1),
        Head::number("uid", "UID").spare(3),
        Head::file_only("uid_validity"),
        Head::text("msg_id", "msg_id").spare(4),
        Head::text("also_shown_to", "Also shown").shown_if(also),
        Head::text("greeting", "Greeting").shown_if(greeting),
    ]
}

pub(super) fn message_row(listing: &BoxListing, entry: &Entry) -> Vec<Cell> {
    let also: Vec<String> = entry
        .also_shown_to
        .iter()
        .map(ToString::to_string)
        .collect();
    let validity = entry.uid_validity.map(|validity| validity.0.get().into());
    vec![
        Cell::Text(listing.vmbox.to_string()),
        Cell::Text(entry.folder.clone()),
        Cell::Text(entry.state.as_str().to_owned()),
        entry.origtime.map_or(Cell::Nothing, Cell::Moment),
        cell(entry.caller().unwrap_or_default()),
        cell(entry.caller_name.clone()),
        cell(entry.caller_number.clone()),
        entry.duration.map_or(Cell::Nothing, Cell::Seconds),
        Cell::Octets(entry.octets),
        match &entry.sound {
            Sound::Named(format) => Cell::Text(format.clone()),
            Sound::CannotTell => Cell::Text("?".to_owned()),
            Sound::Gone => Cell::Nothing,
        },
        Cell::Count(entry.uid.0.get().into()),
        Cell::count(validity),
        cell(entry.msg_id.clone().unwrap_or_default()),
        cell(also.join(" ")),
        cell(
            entry
                .greeting
                .map(|kind| kind.to_string())
                .unwrap_or_default(),
        ),
    ]
}
