//! `vmimap man`: the manual page of a verb, as the program itself has it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args as ClapArgs, Command};

use crate::exit::{self, Exit};
use crate::manual;
use crate::ui::Ui;

const EXAMPLES: &str = "\
Examples:
  Read the page of a verb:
    vmimap man migrate | man -l -

  Write all of them to where man looks:
    vmimap man --to /usr/local/share/man/man1";

/// Print a manual page
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
pub struct Args {
    /// The verb; without one, the page of vmimap as a whole
    #[arg(value_name = "VERB", conflicts_with = "to")]
    verb: Vec<String>,

    /// Write the pages of all verbs to this directory, which must exist
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

/// Prints it, or writes them.
pub fn run(args: &Args, tree: &Command, ui: &Ui) -> anyhow::Result<Exit> {
    let pages = manual::pages(tree)?;
    if let Some(dir) = &args.to {
        for page in &pages {
            let file = dir.join(page.file_name());
            fs::write(&file, &page.text).with_context(|| format!("write {}", file.display()))?;
        }
        return Ok(Exit::Done);
    }
    let mut name = vec!["vmimap".to_owned()];
    name.extend(args.verb.iter().cloned());
    let name = name.join("-");
    let Some(page) = pages.iter().find(|page| page.name == name) else {
        bail!(
            "there is no verb {:?}; vmimap --help lists them",
            args.verb.join(" ")
        );
    };
    ui.answer(page.text.trim_end());
    Ok(Exit::Done)
}
