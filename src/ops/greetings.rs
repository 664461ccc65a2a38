//! What Asterisk makes of a message in the folder of the greetings, as its structure tells.
//!
//! It goes through the folder in the server's order, looks at no header and no flag, and takes the
//! first message whose part 2 has the greeting's name before the first dot of its first Content-Type
//! parameter. A message without such a part ends the search; recording a greeting then ends Asterisk.
//!
//! Source: `app_voicemail.c`, `imap_retrieve_greeting`, `imap_delete_old_greeting`; asterisk-format 4.

use crate::mailstore::types::{Part, Structure};
use crate::voicemail::greeting::Greeting;

/// What a message is to whoever looks for greetings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A greeting; its file's name is given.
    Greeting(Greeting, Vec<u8>),
    /// It has an attachment of another name.
    Other(Vec<u8>),
    /// It has no attachment Asterisk could look at.
    Bare,
    /// The server does not tell in a way that can be understood.
    Unclear,
}

impl Shape {
    /// The kind of greeting it is.
    #[must_use]
    pub fn kind(&self) -> Option<Greeting> {
        match self {
            Self::Greeting(kind, _) => Some(*kind),
            _ => None,
        }
    }
}

/// Looks at a message's parts.
#[must_use]
pub fn shape(structure: Option<&Structure>) -> Shape {
    let Some(Structure::Parts(message)) = structure else {
        return Shape::Unclear;
    };
    let Some((_, name)) = recording(message).and_then(|part| part.parameters.first()) else {
        return Shape::Bare;
    };
    match Greeting::of_file(name) {
        Some(kind) => Shape::Greeting(kind, name.clone()),
        None => Shape::Other(name.clone()),
    }
}

/// The part Asterisk takes for the recording.
fn recording(message: &Part) -> Option<&Part> {
    message
        .is_multipart()
        .then(|| message.children.get(1))
        .flatten()
}
