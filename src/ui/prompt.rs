//! The question before a change.

use std::io::{self, IsTerminal};

use super::Ui;

/// Whether somebody is there to be asked.
#[must_use]
pub fn somebody_is_there(ui: &Ui) -> bool {
    ui.stderr_is_terminal && io::stdin().is_terminal()
}

/// Asks for a number, so that no reflex answers, and says whether exactly this one was typed.
#[must_use]
pub fn number(question: &str, number: u64) -> bool {
    let asked = dialoguer::Input::<String>::new()
        .with_prompt(super::sanitize::text(question))
        .allow_empty(true)
        .interact_text();
    asked.is_ok_and(|answer| answer.trim() == number.to_string())
}

/// Asks, on the terminal; only a plain yes is one. `None` where nobody is there to be asked.
#[must_use]
pub fn confirm(ui: &Ui, question: &str) -> Option<bool> {
    if !somebody_is_there(ui) {
        return None;
    }
    let asked = dialoguer::Confirm::new()
        .with_prompt(super::sanitize::text(question))
        .default(false)
        .interact_opt();
    Some(matches!(asked, Ok(Some(true))))
}
