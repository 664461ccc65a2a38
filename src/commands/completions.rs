//! `vmimap completions`: the script that makes a shell ask vmimap what could come next.

use clap::Args as ClapArgs;

use crate::completion::{self, Shell};
use crate::exit::{self, Exit};
use crate::ui::Ui;

const EXAMPLES: &str = "\
Examples:
  Bash, for everybody:
    vmimap completions bash > /usr/share/bash-completion/completions/vmimap

  Zsh:
    vmimap completions zsh > /usr/share/zsh/vendor-completions/_vmimap

  Fish:
    vmimap completions fish > /usr/share/fish/vendor_completions.d/vmimap.fish";

/// Print the completion script of a shell
///
/// The script asks vmimap itself at every TAB, and vmimap asks voicemail.conf: so mailboxes and
/// contexts are completed, too, if voicemail.conf can be read.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Prints it.
pub fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let script = completion::script(args.shell)?;
    ui.answer(String::from_utf8_lossy(&script).trim_end());
    Ok(Exit::Done)
}
