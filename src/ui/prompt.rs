//! The question before a change.

use std::io::{self, IsTerminal};

use super::Ui;

/// Asks, on the terminal; only a plain yes is one. `None` where nobody is there to be asked.
#[must_use]
pub fn confirm(ui: &Ui, question: &str) -> Option<bool> {
    if !ui.stderr_is_terminal || !io::stdin().is_terminal() {
        return None;
    }
    let asked = dialoguer::Confirm::new()
        .with_prompt(super::sanitize::text(question))
        .default(false)
        .interact_opt();
    Some(matches!(asked, Ok(Some(true))))
}
