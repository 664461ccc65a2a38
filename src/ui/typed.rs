//! The question before messages are removed: answered by typing their number, not by a reflex.

use std::io::{self, IsTerminal};

use super::{Ui, sanitize};

/// Whether somebody is there to be asked.
#[must_use]
pub fn somebody_is_there(ui: &Ui) -> bool {
    ui.stderr_is_terminal && io::stdin().is_terminal()
}

/// Asks on the terminal, and says whether exactly this number was typed.
#[must_use]
pub fn number(question: &str, number: u64) -> bool {
    let asked = dialoguer::Input::<String>::new()
        .with_prompt(sanitize::text(question))
        .allow_empty(true)
        .report(false)
        .interact_text();
    asked.is_ok_and(|answer| answer.trim() == number.to_string())
}
