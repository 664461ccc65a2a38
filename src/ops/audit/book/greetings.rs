//! What is noted of the folder of the greetings: by name, as Asterisk looks.

use std::collections::HashMap;

use super::{Book, Note, whose};
use crate::mailstore::types::Uid;
use crate::ops::audit::catalogue::{Rule, account, greetings as code};
use crate::ops::audit::rules::{Owner, quoted, quoted_octets};
use crate::ops::greetings::{Shape, shape};
use crate::ops::index::Indexed;
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::greeting::Greeting;
use crate::voicemail::header::VmHeader;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

/// What was seen of the folder of the greetings.
#[derive(Default)]
pub(super) struct Greetings {
    /// Its place in the layout.
    pub(super) shelf: Option<usize>,
    /// Messages without an attachment, and the first of them.
    pub(super) others: u64,
    pub(super) first: Option<Uid>,
    /// The first greeting of each kind, which is the one that Asterisk plays.
    kinds: HashMap<Greeting, Uid>,
    /// Those of them that were asked for, with the box that each is of, where one is.
    played: Vec<(Uid, Option<usize>)>,
}

impl Greetings {
    /// The greetings in a folder that are worth listening to: at most one of each kind.
    pub(super) fn played_in(&self, folder: usize) -> impl Iterator<Item = Uid> + '_ {
        let here = self.shelf == Some(folder);
        let played = self.played.iter().filter(move |_| here);
        played.map(|(uid, _)| *uid)
    }

    /// The box that such a greeting is of.
    pub(super) fn owner(&self, folder: usize, uid: Uid) -> Option<usize> {
        let mut played = self.played.iter().filter(|_| self.shelf == Some(folder));
        played.find(|(one, _)| *one == uid)?.1
    }
}

/// Whether a message calls itself a greeting.
pub(super) fn by_type(message: &Indexed) -> Option<Greeting> {
    let kind = message.envelope.field(VmHeader::MessageType.name())?;
    Greeting::from_name(&kind.to_ascii_lowercase())
}

impl Book {
    /// Notes what is wrong with a message in the folder of the greetings, as one of them. Whether it
    /// is one, or no voicemail at all: there is nothing more to look at then.
    pub(super) fn take_greeting(
        &mut self,
        everybody: &HashMap<Terms, &VoicemailBox>,
        message: &Indexed,
    ) -> bool {
        let typed = by_type(message);
        let shape = shape(message.envelope.structure.as_ref());
        match &shape {
            Shape::Bare => {
                self.greetings.others += 1;
                self.greetings.first.get_or_insert(message.envelope.uid);
            }
            Shape::Other(name) if typed.is_some() => {
                self.about_greeting(message, &code::NAME, quoted_octets(name));
            }
            Shape::Greeting(kind, name) => self.named(everybody, message, *kind, name),
            Shape::Other(_) | Shape::Unclear => {}
        }
        typed.is_some() || shape.kind().is_some() || !message.is_voicemail()
    }

    fn named(
        &mut self,
        everybody: &HashMap<Terms, &VoicemailBox>,
        message: &Indexed,
        kind: Greeting,
        name: &[u8],
    ) {
        let text = std::str::from_utf8(name).ok();
        let format = text.and_then(|name| AudioFormat::from_extension(name.split_once('.')?.1));
        if format.is_none() {
            self.about_greeting(message, &code::FORMAT, quoted_octets(name));
        }
        let uid = message.envelope.uid;
        let first = *self.greetings.kinds.entry(kind).or_insert(uid);
        if first != uid {
            let found = format!("{kind}, as UID {first}");
            self.about_greeting(message, &code::TWICE, found);
        } else if let Ok(mailbox) = self.asked_for(message) {
            self.greetings.played.push((uid, mailbox));
        }
        if let Owner::Elsewhere(vmbox) | Owner::Nobody(vmbox) = whose::owner(message, everybody) {
            let found = format!("{kind} of {}", quoted(&vmbox.to_string()));
            self.about_greeting(message, &code::OF_OTHERS, found);
        }
    }

    /// A note about one message, unless it is of a mailbox that was not asked for.
    fn about_greeting(&mut self, message: &Indexed, rule: &'static Rule, found: String) {
        let Ok(mailbox) = self.asked_for(message) else {
            return;
        };
        self.notes.push(Note {
            rule,
            shelf: Some(message.shelf),
            uid: Some(message.envelope.uid),
            mailbox,
            found,
            expected: None,
        });
    }

    /// What the whole folder shows.
    pub(super) fn greetings(&mut self, shared: bool) {
        let Greetings {
            shelf,
            others,
            first,
            ..
        } = std::mem::take(&mut self.greetings);
        let Some(at) = shelf else { return };
        let about = |rule, uid, found| Note {
            rule,
            shelf: Some(at),
            uid,
            mailbox: None,
            found,
            expected: None,
        };
        if others > 0 {
            let found = format!("{others} without an attachment; the first is given");
            self.notes
                .push(about(&account::MAIL_AMONG_GREETINGS, first, found));
        }
        if shared && self.boxes.len() > 1 {
            let most = 5;
            let mut names: Vec<String> = self
                .boxes
                .iter()
                .take(most)
                .map(ToString::to_string)
                .collect();
            if self.boxes.len() > most {
                names.push(format!("{} more", self.boxes.len() - most));
            }
            let found = names.join(", ");
            self.notes
                .push(about(&account::SHARED_GREETINGS, None, found));
        }
    }
}
