//! A Markdown document as a session: its `console` blocks are commands and what they print.
//!
//! Comments direct it, one a line:
//!
//! - `<!-- run: WORDS -->`: the console blocks from here on are run; the words are for whoever runs.
//! - `<!-- file: PATH -->`: the next block, of any kind, is the content of that file.
//! - `<!-- step: WORDS -->`: something that happens between the commands.
//!
//! Everything else is text. A document can be written anew with other outputs.

/// What a document asks for, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The words behind `run:`.
    Run(String),
    /// A file and its content.
    File(String, String),
    /// The words behind `step:`.
    Step(String),
    /// A command, with what the document says it prints; `at` is the line of the command,
    /// `margin` the blanks in front of it.
    Command {
        at: usize,
        margin: usize,
        line: String,
        expected: String,
    },
    /// A line of a shell block that is shown and not run.
    Shown(String),
}

/// Reads a document. Console blocks before the `run` mark are only shown.
pub fn acts(text: &str) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut runs = false;
    let mut file: Option<String> = None;
    let mut lines = text.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        if let Some(words) = comment(line, "run") {
            runs = true;
            acts.push(Act::Run(words));
        } else if let Some(path) = comment(line, "file") {
            file = Some(path);
        } else if let Some(words) = comment(line, "step") {
            acts.push(Act::Step(words));
        } else if let Some(kind) = line.trim_start().strip_prefix("```") {
            let margin = line.len() - line.trim_start().len();
            let block: Vec<(usize, &str)> = lines
                .by_ref()
                .take_while(|(_, line)| !line.trim_start().starts_with("```"))
                .map(|(number, line)| (number, line.get(margin..).unwrap_or_default()))
                .collect();
            match (file.take(), kind) {
                (Some(path), _) => acts.push(Act::File(path, joined(&block))),
                (None, "console") if runs => acts.extend(session(&block, margin)),
                (None, "console" | "sh") => acts.extend(shown(&block)),
                _ => {}
            }
        }
    }
    acts
}

/// The words of a comment `<!-- NAME: WORDS -->`.
fn comment(line: &str, name: &str) -> Option<String> {
    let words = line.trim().strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    let words = words.strip_prefix(name)?.strip_prefix(':')?;
    Some(words.trim().to_owned())
}

fn joined(block: &[(usize, &str)]) -> String {
    block.iter().map(|(_, line)| format!("{line}\n")).collect()
}

fn session(block: &[(usize, &str)], margin: usize) -> Vec<Act> {
    let mut session = Vec::new();
    for (number, text) in block {
        if let Some(command) = text.strip_prefix("$ ") {
            session.push(Act::Command {
                at: *number,
                margin,
                line: command.to_owned(),
                expected: String::new(),
            });
        } else if let Some(Act::Command { expected, .. }) = session.last_mut() {
            expected.push_str(text);
            expected.push('\n');
        } else {
            panic!("line {}: output without a command", number + 1);
        }
    }
    session
}

/// Command lines, with continued ones joined.
fn shown(block: &[(usize, &str)]) -> Vec<Act> {
    let text = joined(block).replace("\\\n", " ");
    let command = |line: &str| line.strip_prefix("$ ").unwrap_or(line).trim().to_owned();
    text.lines().map(|line| Act::Shown(command(line))).collect()
}

/// What a command printed: its line and margin in the document, and the output.
pub type Printed = (usize, usize, String);

/// The document with other outputs behind its commands.
pub fn with_outputs(text: &str, outputs: &[Printed]) -> String {
    let mut written = String::new();
    let mut skipping = false;
    for (number, line) in text.lines().enumerate() {
        let output = outputs.iter().find(|(at, ..)| *at == number);
        if skipping && (line.trim_start().starts_with("```") || output.is_some()) {
            skipping = false;
        }
        if !skipping {
            written.push_str(line);
            written.push('\n');
        }
        if let Some((_, margin, output)) = output {
            for line in output.lines() {
                let line = format!("{:margin$}{line}", "");
                written.push_str(line.trim_end());
                written.push('\n');
            }
            skipping = true;
        }
    }
    written
}
