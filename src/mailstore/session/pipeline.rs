//! Commands sent several at a time, where each by itself would cost a round trip.
//!
//! A refusal is an answer like any other; what ends the session is not. Only for commands that do
//! not depend on each other's answers. Source: RFC 3501 §5.5.

use super::super::error::StoreError;
use super::super::link::{OnUntagged, lock};
use super::super::name::MailboxName;
use super::super::types::Refusal;
use super::Session;

/// Commands that are under way at once; some servers hang up after a run of refusals.
const WINDOW: usize = 8;

/// A command on its way: the line without its tag, and what it is called in messages.
pub(super) struct Command {
    line: String,
    called: String,
    /// Whether it changes nothing.
    asks: bool,
}

impl Command {
    pub(super) fn on(verb: &str, name: &MailboxName, arguments: &str) -> Self {
        Self {
            line: format!("{verb} {}{arguments}", name.quoted()),
            called: format!("{verb} {name}"),
            asks: false,
        }
    }

    pub(super) fn question(line: String, called: &str) -> Self {
        Self {
            line,
            called: called.to_owned(),
            asks: true,
        }
    }

    /// What a broken connection leaves behind.
    fn broke(&self, error: StoreError) -> StoreError {
        if self.asks {
            error
        } else {
            error.uncertain(&self.called)
        }
    }
}

impl Session {
    /// Sends commands, some at a time, and says of each whether it was refused.
    pub(super) fn pipeline(
        &mut self,
        commands: &[Command],
        on_untagged: &mut OnUntagged<'_>,
    ) -> Result<Vec<Result<(), Refusal>>, StoreError> {
        let mut answers = Vec::with_capacity(commands.len());
        let mut link = lock(&self.link);
        for window in commands.chunks(WINDOW) {
            link.alive()?;
            let mut send = || {
                let mut tags = Vec::with_capacity(window.len());
                for command in window {
                    link.wire.set_doing(&command.called);
                    let tag = link.tag();
                    link.queue(&format!("{tag} {}", command.line))?;
                    tags.push(tag);
                }
                link.flush().map(|()| tags)
            };
            let tags = send().map_err(|error| window[0].broke(error))?;
            for (tag, command) in tags.iter().zip(window) {
                link.progress();
                answers.push(match link.finish(tag, &command.called, on_untagged) {
                    Ok(_) => Ok(()),
                    Err(StoreError::Refused { refusal, .. }) => Err(refusal),
                    Err(error) => return Err(command.broke(error)),
                });
            }
        }
        Ok(answers)
    }
}
