//! A listing as JSON lines (`docs/json.md`).

use serde_json::{Map, Value, json};

use crate::exit::Exit;
use crate::ops::list::entry::{Entry, Sound};
use crate::ops::list::tally::Tally;
use crate::ops::list::{AlsoShown, BoxListing, RunListing};
use crate::ops::select::Selection;
use crate::voicemail::vmbox::VoicemailBox;

use super::Ui;
use super::json::{line, merge, notice};

/// Writes one box: its remarks, its messages, itself.
pub fn add(ui: &Ui, listing: &BoxListing) {
    for one in &listing.notices {
        notice(ui, one);
    }
    for entry in &listing.entries {
        line(ui, "message", message(&listing.vmbox, entry));
    }
    let mut fields = json!({
        "mailbox": listing.vmbox,
        "account": listing.account,
        "complete": listing.error.is_none(),
        "error": listing.error.as_ref().map(ToString::to_string),
    });
    if listing.read {
        merge(&mut fields, &counts(&listing.own));
        let also: Vec<Value> = listing.also_shown.iter().map(also_shown).collect();
        let mut phone = listing.own.clone();
        let others = listing.also_shown.iter();
        others.for_each(|also| phone.add_all(&also.tally));
        merge(
            &mut fields,
            &json!({ "also_shown": also, "phone": lists(&phone) }),
        );
    }
    line(ui, "mailbox", fields);
}

/// Writes the summary, the last line.
pub fn finish(ui: &Ui, run: &RunListing, selection: &Selection, ignored: u64, exit: Exit) {
    let mut fields = json!({
        "mailboxes": run.boxes,
        "mailboxes_failed": run.failures.boxes(),
        "mailboxes_left": run.boxes_left,
        "mailboxes_ignored": ignored,
        "nobodys": run.nobodys,
        "folders": (!selection.folders.is_empty()).then_some(&selection.folders),
        "since": selection.since,
        "until": selection.until,
        "errors": run.errors,
        "complete": run.complete(),
        "interrupted": run.interrupted,
        "exit": exit.code(),
    });
    merge(&mut fields, &counts(&run.total));
    line(ui, "summary", fields);
}

fn lists(tally: &Tally) -> Value {
    let lists = tally.lists();
    let lists = lists.map(|(list, count)| (list.to_string().to_lowercase(), count.messages.into()));
    Value::Object(lists.collect())
}

fn counts(own: &Tally) -> Value {
    let shown = own.shown();
    let unheard: Map<String, Value> = own
        .lists()
        .filter(|(_, count)| count.unheard > 0)
        .map(|(list, count)| (list.to_string().to_lowercase(), count.unheard.into()))
        .collect();
    let stranded: Map<String, Value> = own
        .stranded()
        .map(|(folder, count)| (folder.to_owned(), count.messages.into()))
        .collect();
    json!({
        "lists": lists(own),
        "unheard": unheard,
        "messages": shown.messages,
        "seconds": shown.seconds,
        "seconds_unknown": shown.unknown,
        "not_shown": own.not_shown().messages,
        "marked_deleted": own.deleted().messages,
        "stranded": stranded,
    })
}

fn also_shown(also: &AlsoShown) -> Value {
    json!({
        "mailbox": also.of,
        "lists": lists(&also.tally),
        "messages": also.tally.shown().messages,
    })
}

fn message(vmbox: &VoicemailBox, entry: &Entry) -> Value {
    let audio = match &entry.sound {
        Sound::Named(format) => Some(format),
        Sound::CannotTell | Sound::Gone => None,
    };
    json!({
        "mailbox": vmbox,
        "folder": entry.folder,
        "state": entry.state.as_str(),
        "origtime": entry.origtime,
        "caller_name": entry.caller_name,
        "caller_number": entry.caller_number,
        "duration": entry.duration,
        "octets": entry.octets,
        "audio": audio,
        "gone": entry.sound == Sound::Gone,
        "uid": entry.uid,
        "uid_validity": entry.uid_validity,
        "msg_id": entry.msg_id,
        "greeting": entry.greeting,
        "also_shown_to": entry.also_shown_to,
    })
}
