//! The words that counts and messages have in common.

use crate::ops::list::AlsoShown;
use crate::ops::list::tally::Tally;
use crate::ui::sheet::Cell;
use crate::ui::words::plural;

/// Text, or nothing.
pub(super) fn cell(text: String) -> Cell {
    if text.is_empty() {
        Cell::Nothing
    } else {
        Cell::Text(text)
    }
}

/// `1 mailbox`, `2 mailboxes`.
pub(super) fn boxes(n: u64) -> String {
    plural(n, "mailbox", "mailboxes")
}

/// `1 in Old, 2 deleted`
pub(super) fn not_shown_text(own: &Tally) -> String {
    let mut parts: Vec<String> = own
        .stranded()
        .map(|(folder, count)| format!("{} in {folder}", count.messages))
        .collect();
    let deleted = own.deleted().messages;
    if deleted > 0 {
        parts.push(format!("{deleted} deleted"));
    }
    parts.join(", ")
}

pub(super) fn also_name(also: &AlsoShown) -> String {
    let of = also.of.as_ref();
    of.map_or_else(|| "nobody".to_owned(), ToString::to_string)
}

/// `+2 of 2001@default`
pub(super) fn also_texts(also: &[AlsoShown]) -> String {
    let texts = also
        .iter()
        .map(|one| format!("+{} of {}", one.tally.shown().messages, also_name(one)));
    texts.collect::<Vec<String>>().join(", ")
}

/// `5 new, 1 urgent, 2 old, 1 Work`
pub(super) fn list_texts(own: &Tally) -> String {
    let texts = own
        .lists()
        .map(|(list, count)| format!("{} {list}", count.messages));
    texts.collect::<Vec<String>>().join(", ")
}
