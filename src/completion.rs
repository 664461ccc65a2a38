//! Shell completion that knows the mailboxes and the runs: the scripts in `completions/` ask vmimap
//! itself what could stand at the cursor; for mailboxes and contexts vmimap asks voicemail.conf, for
//! runs the book of runs.
//!
//! Reads only, runs no `#exec`, and says nothing when a file cannot be read: a key press is no place
//! for errors.

use std::collections::BTreeSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Arg, Command};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter};
use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};

use crate::ops::runs::book::{Book, Line};
use crate::settings::state_dir;
use crate::voicemail::conf::{self, LoadOptions, VoicemailConf};

/// Set by the scripts when they ask.
const VARIABLE: &str = "VMIMAP_COMPLETE";
const DEFAULT_CONF: &str = "/etc/asterisk/voicemail.conf";
/// More than a shell could usefully show.
const MOST: usize = 500;

/// The shells there are scripts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// Bash 4.4 or later
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
}

impl Shell {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bash, Self::Zsh, Self::Fish];

    /// The file's name where the shell looks for completions.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Bash => "vmimap.bash",
            Self::Zsh => "_vmimap",
            Self::Fish => "vmimap.fish",
        }
    }
}

/// The script that makes `shell` ask vmimap.
///
/// # Errors
/// None in practice: it is written to memory.
pub fn script(shell: Shell) -> io::Result<Vec<u8>> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "vmimap", "vmimap", "vmimap", &mut script)?;
    // What the library leaves at the end differs from shell to shell.
    while script.ends_with(b"\n") {
        script.pop();
    }
    script.push(b'\n');
    if shell == Shell::Bash {
        script.write_all(WHOLE_WORDS.as_bytes())?;
    }
    Ok(script)
}

/// Bash takes `4123@default` for three words, because `@` separates words there. Put together for
/// vmimap, and what bash already has of the word taken off the answers.
const WHOLE_WORDS: &str = r#"
_vmimap() {
    local -a words=()
    local at cword=0 line="$COMP_LINE"
    for ((at = 0; at < ${#COMP_WORDS[@]}; at++)); do
        local word="${COMP_WORDS[at]}" joined=no
        if ((at > 1)) && [[ $line != [[:space:]]* && ( $word == @* || ${COMP_WORDS[at - 1]} == *@ ) ]]; then
            words[${#words[@]}-1]+="$word"
            joined=yes
        fi
        [[ $joined == yes ]] || words+=("$word")
        line="${line#"${line%%[![:space:]]*}"}"
        line="${line#"$word"}"
        ((at != COMP_CWORD)) || cword=$((${#words[@]} - 1))
    done
    local -a COMP_WORDS=("${words[@]}")
    local COMP_CWORD=$cword
    local whole="${words[cword]}"
    _clap_complete_vmimap "$1" "$whole" "$3"
    if [[ $whole == *@* && $COMP_WORDBREAKS == *@* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${whole%@*}@"}")
    fi
}
complete -o nospace -o bashdefault -F _vmimap vmimap
"#;

/// Answers a shell that asks; `false` if none does.
///
/// # Errors
/// When the shell is not known, or does not take the answer.
pub fn answer(tree: impl Fn() -> Command) -> clap::error::Result<bool> {
    CompleteEnv::with_factory(|| with_mailboxes(tree()))
        .var(VARIABLE)
        .bin("vmimap")
        .completer("vmimap")
        .try_complete(env::args_os(), env::current_dir().ok().as_deref())
}

/// The command line, with what voicemail.conf knows behind every argument that is a mailbox, a
/// context, or a file.
fn with_mailboxes(tree: Command) -> Command {
    let names: Vec<String> = tree
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    names
        .into_iter()
        .fold(tree.mut_args(with_values), |tree, name| {
            tree.mut_subcommand(name, with_mailboxes)
        })
}

fn with_values(arg: Arg) -> Arg {
    let shown = arg.get_value_names().and_then(|names| names.first());
    match shown.map(clap::builder::Str::as_str) {
        Some("EXT@CONTEXT") => arg.add(ArgValueCompleter::new(mailboxes)),
        Some("CONTEXT") => arg.add(ArgValueCompleter::new(contexts)),
        Some("RUN-ID") => arg.add(ArgValueCompleter::new(runs)),
        Some("FILE") => arg.add(ArgValueCompleter::new(PathCompleter::file())),
        Some("DIR" | "SPOOL") => arg.add(ArgValueCompleter::new(PathCompleter::dir())),
        _ => arg,
    }
}

fn mailboxes(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(conf) = voicemail_conf() else {
        return Vec::new();
    };
    let known = conf
        .mailboxes
        .iter()
        .map(|mailbox| (mailbox.vmbox.to_string(), mailbox.fullname.clone()));
    candidates(current, known)
}

/// The runs of the book, newest first, and when they began.
fn runs(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed: Vec<OsString> = env::args_os().collect();
    let state_dir = named(&typed, "--state-dir")
        .or_else(|| env::var_os("VMIMAP_STATE_DIR").filter(|path| !path.is_empty()))
        .map_or_else(state_dir::default, PathBuf::from);
    let lines = Book::read(&state_dir).map_or_else(|_| Vec::new(), |book| book.lines);
    let begun = lines.into_iter().rev().filter_map(|line| match line {
        Line::Begin { run, .. } => Some((run, String::new())),
        Line::End { .. } => None,
    });
    candidates(current, begun.chain([("last".to_owned(), String::new())]))
}

fn contexts(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(conf) = voicemail_conf() else {
        return Vec::new();
    };
    let contexts: BTreeSet<String> = conf
        .mailboxes
        .iter()
        .map(|mailbox| mailbox.vmbox.context.clone())
        .collect();
    candidates(
        current,
        contexts.into_iter().map(|name| (name, String::new())),
    )
}

/// Those that begin as what is there, or all if there is nothing yet.
fn candidates(
    current: &OsStr,
    known: impl Iterator<Item = (String, String)>,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    known
        .filter(|(name, _)| name.starts_with(&*current) && is_plain(name))
        .take(MOST)
        .map(|(name, help)| {
            let help = Some(help).filter(|help| !help.is_empty() && is_plain(help));
            CompletionCandidate::new(name).help(help.map(Into::into))
        })
        .collect()
}

/// Whether a shell can be given this without quoting, and a terminal without harm.
fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '@' | '-' | '_' | '.' | '+' | ' ');
    text.chars().all(plain)
}

fn voicemail_conf() -> Option<VoicemailConf> {
    let typed: Vec<OsString> = env::args_os().collect();
    let path = named(&typed, "--voicemail-conf")
        .or_else(|| env::var_os("VMIMAP_VOICEMAIL_CONF").filter(|path| !path.is_empty()))
        .unwrap_or_else(|| DEFAULT_CONF.into());
    conf::load(&PathBuf::from(path), &LoadOptions::default()).ok()
}

/// The value of a flag among words that may not be a whole command line yet.
fn named(words: &[OsString], flag: &str) -> Option<OsString> {
    words.iter().enumerate().find_map(|(at, word)| {
        if word == flag {
            return words.get(at + 1).cloned();
        }
        let text = word.to_str()?;
        let value = text.strip_prefix(flag)?.strip_prefix('=')?;
        Some(value.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_voicemail_conf_typed_before_is_the_one_that_is_asked() {
        let flag = "--voicemail-conf";
        let of = |text| named(&words(text), flag);
        assert_eq!(of("list --voicemail-conf a/b 41"), Some("a/b".into()));
        assert_eq!(of("list --voicemail-conf=a/b 41"), Some("a/b".into()));
        assert_eq!(of("list --voicemail-conf"), None);
        assert_eq!(of("list --voicemail-confine x"), None);
    }

    #[test]
    fn what_a_shell_would_read_as_more_than_a_word_is_not_offered() {
        let known =
            ["1@a", "1$(x)@a", "1\u{1b}@a", "2@a"].map(|name| (name.to_owned(), "`x`".to_owned()));
        let offered = candidates(OsStr::new("1"), known.into_iter());
        let names: Vec<_> = offered.iter().map(CompletionCandidate::get_value).collect();
        assert_eq!(names, ["1@a"]);
        assert!(offered[0].get_help().is_none());
    }
}
