//! JSON lines: the contract of `docs/json.md`.
//!
//! One object a line, each with `"type"` and `"format": 1`; the last one is the summary. Fields are
//! added over time, never renamed and never given another meaning under the same format number.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::ops::expunge::message::Message;
use crate::voicemail::notice::Notice;

use super::{Ui, sanitize};

/// The version of the format.
pub const FORMAT: u32 = 1;

/// Writes one line of this kind with these fields.
pub fn line(ui: &Ui, kind: &str, fields: Value) {
    let mut object = Map::new();
    object.insert("type".to_owned(), kind.into());
    object.insert("format".to_owned(), FORMAT.into());
    if let Value::Object(fields) = fields {
        object.extend(fields);
    }
    ui.answer(&sanitize::json(&Value::Object(object).to_string()));
}

/// Writes a `notice` line.
pub fn notice(ui: &Ui, notice: &Notice) {
    let mut fields = Value::Object(Map::new());
    merge(&mut fields, notice);
    line(ui, "notice", fields);
}

/// Adds what is told of a stored message wherever one is named.
pub fn merge_message(object: &mut Value, message: &Message) {
    let told = json!({
        "uid": message.uid,
        "origtime": message.origtime,
        "duration": message.duration,
        "octets": message.size,
        "caller_name": message.caller_name,
        "caller_number": message.caller_number,
        "msg_id": message.msg_id,
        "message_id": message.message_id,
    });
    merge(object, &told);
}

/// Adds the fields of `more` to an object.
pub fn merge(object: &mut Value, more: &impl Serialize) {
    if let (Value::Object(object), Ok(Value::Object(more))) = (object, serde_json::to_value(more)) {
        object.extend(more);
    }
}
