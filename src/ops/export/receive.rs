//! One message on its way from the socket into files: decoded as it comes, never held.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;

use crate::depot::{Part, Stage};
use crate::voicemail::parse::{MessageReader, Whole};

use super::target::Staged;

/// A message that is coming in.
pub(super) struct Receiving {
    reader: MessageReader,
    recording: Rc<RefCell<Draft>>,
    comment: Rc<RefCell<Draft>>,
}

/// A file that is made when its first octets come, and goes with this value unless it is taken.
struct Draft {
    stage: Arc<Stage>,
    part: Option<Part>,
    error: Option<io::Error>,
}

impl Draft {
    fn new(stage: &Arc<Stage>) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self {
            stage: Arc::clone(stage),
            part: None,
            error: None,
        }))
    }

    fn write(&mut self, octets: &[u8]) {
        if self.error.is_some() || octets.is_empty() {
            return;
        }
        let result = match &mut self.part {
            Some(part) => part.file.write_all(octets),
            empty => self.stage.part(0o644).and_then(|part| {
                let part = empty.insert(part);
                part.file.write_all(octets)
            }),
        };
        self.error = result.err();
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            self.stage.drop_part(part);
        }
    }
}

impl Receiving {
    /// A message that begins.
    pub(super) fn new(stage: &Arc<Stage>) -> Self {
        let (recording, comment) = (Draft::new(stage), Draft::new(stage));
        let tap = |draft: &Rc<RefCell<Draft>>| {
            let draft = Rc::clone(draft);
            Box::new(move |octets: &[u8]| draft.borrow_mut().write(octets))
        };
        Self {
            reader: MessageReader::tapped(tap(&recording), tap(&comment)),
            recording,
            comment,
        }
    }

    /// Its next octets.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.reader.push(octets);
    }

    /// The message, written.
    ///
    /// # Errors
    /// Where a file could not be written; what was of it is gone.
    pub(super) fn finish(self) -> io::Result<Received> {
        let whole = self.reader.into_whole();
        for draft in [&self.recording, &self.comment] {
            if let Some(error) = draft.borrow_mut().error.take() {
                return Err(error);
            }
        }
        Ok(Received {
            whole,
            recording: self.recording,
            comment: self.comment,
        })
    }
}

/// A message that has come in. Its files go with it unless they are taken.
pub(super) struct Received {
    pub(super) whole: Whole,
    recording: Rc<RefCell<Draft>>,
    comment: Rc<RefCell<Draft>>,
}

impl Received {
    /// Its files, which are the caller's now; `None` where it has no recording.
    pub(super) fn take(&self) -> Option<Staged> {
        let recording = self.recording.borrow_mut().part.take()?;
        let comment = self.comment.borrow_mut().part.take();
        Some(Staged { recording, comment })
    }
}
