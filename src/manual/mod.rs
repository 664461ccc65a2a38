//! Man pages from the command line's own tree, so that they say what the program does.
//!
//! Name, synopsis, description and options come from the tree; notes, examples and exit statuses from
//! the long help, which is written under headings; files and limits from `sections`. The pages of
//! file formats (section 5) are written by hand, in `man/`.
//! Source: man-pages(7) for the order of sections.

mod sections;

use std::io;

use clap::Command;
use clap_mangen::Man;
use roff::{Roff, bold, roman};

/// When the version in Cargo.toml was released; stands at the foot of every page.
const RELEASED: &str = "2026-11-25";
/// Longer lines of running text are broken, as the source of a page should be readable, too.
const WIDTH: usize = 78;

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// `vmimap-migrate`.
    pub name: String,
    /// The page, for man(1).
    pub text: String,
}

impl Page {
    /// `vmimap-migrate.1`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.1", self.name)
    }
}

/// The pages of a program and of all its verbs.
///
/// # Errors
/// None in practice: they are written to memory.
pub fn pages(tree: &Command) -> io::Result<Vec<Page>> {
    let mut built = tree.clone();
    built.build();
    let mut pages = Vec::new();
    collect(&built, &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, pages: &mut Vec<Page>) -> io::Result<()> {
    pages.push(page(command)?);
    for verb in verbs(command) {
        collect(verb, pages)?;
    }
    Ok(())
}

fn verbs(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help" && !verb.is_hide_set())
}

fn page(command: &Command) -> io::Result<Page> {
    let name = name(command);
    let man = Man::new(command.clone());
    let mut text = Vec::new();
    title(&name).to_writer(&mut text)?;
    man.render_name_section(&mut text)?;
    synopsis(command).to_writer(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if verbs(command).next().is_some() {
        verb_list(command).to_writer(&mut text)?;
    }
    if let Some(help) = command.get_after_long_help() {
        from_help(&help.to_string()).to_writer(&mut text)?;
    }
    closing(&name, command).to_writer(&mut text)?;
    Ok(Page {
        text: tidy(&String::from_utf8_lossy(&text)),
        name,
    })
}

fn name(command: &Command) -> String {
    command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned()
}

fn title(name: &str) -> Roff {
    let source = format!("vmimap {}", env!("CARGO_PKG_VERSION"));
    let mut roff = Roff::new();
    roff.control(
        "TH",
        [&*name.to_uppercase(), "1", RELEASED, &*source, "vmimap"],
    );
    roff
}

fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).trim();
    let words = name(command).replace('-', " ");
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    for line in usage.lines().map(str::trim) {
        match line.strip_prefix(&words) {
            Some(rest) => roff.text([bold(&words), roman(rest)]),
            None => roff.text([roman(line)]),
        };
    }
    roff
}

fn verb_list(command: &Command) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["VERBS"]);
    for verb in verbs(command) {
        let about = verb.get_about().map(ToString::to_string);
        roff.control("TP", []);
        roff.text([bold(name(verb)), roman("(1)")]);
        roff.text([roman(about.unwrap_or_default())]);
    }
    roff
}

/// The long help's own sections: what stands under `Examples:` and `Exit status:`, and the
/// rest as notes.
fn from_help(help: &str) -> Roff {
    let mut notes: Vec<&str> = Vec::new();
    let mut titled: Vec<(String, Vec<&str>)> = Vec::new();
    let mut under_title = false;
    for line in help.lines() {
        let indented = line.starts_with(' ') || line.is_empty();
        if let Some(title) = heading(line) {
            titled.push((title.to_uppercase(), Vec::new()));
            under_title = true;
        } else if let Some((_, lines)) = titled.last_mut().filter(|_| under_title && indented) {
            lines.push(line.strip_prefix("  ").unwrap_or(line));
        } else {
            under_title = false;
            notes.push(line);
        }
    }
    let mut roff = Roff::new();
    if notes.iter().any(|line| !line.is_empty()) {
        roff.control("SH", ["NOTES"]);
        paragraphs(&mut roff, &notes.join("\n"));
    }
    for (title, lines) in titled {
        roff.control("SH", [title.as_str()]);
        as_it_stands(&mut roff, &lines);
    }
    roff
}

fn heading(line: &str) -> Option<&str> {
    let title = line.strip_suffix(':')?;
    let words = title.split(' ').count();
    let plain = title.chars().all(|c| c.is_ascii_alphabetic() || c == ' ');
    (plain && words <= 3 && title.starts_with(|c: char| c.is_ascii_uppercase())).then_some(title)
}

fn paragraphs(roff: &mut Roff, text: &str) {
    let paragraphs = text.split("\n\n").map(str::trim);
    for (at, paragraph) in paragraphs.filter(|text| !text.is_empty()).enumerate() {
        if at > 0 {
            roff.control("PP", []);
        }
        for line in paragraph.lines() {
            roff.text([roman(line.trim())]);
        }
    }
}

/// Lines that keep their breaks and their indents.
fn as_it_stands(roff: &mut Roff, lines: &[&str]) {
    let end = lines.iter().rposition(|line| !line.is_empty());
    let lines = &lines[..end.map_or(0, |end| end + 1)];
    for (at, block) in lines.split(|line| line.is_empty()).enumerate() {
        if at > 0 {
            roff.control("PP", []);
        }
        roff.control("nf", []);
        for line in block {
            roff.text([roman(*line)]);
        }
        roff.control("fi", []);
    }
}

fn closing(name: &str, command: &Command) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["FILES"]);
    for (file, what) in sections::files(name) {
        roff.control("TP", []);
        roff.text([roff::italic(*file)]);
        roff.text([roman(*what)]);
    }
    if let Some(limits) = sections::limits(name) {
        roff.control("SH", ["LIMITS"]);
        paragraphs(&mut roff, limits);
    }
    roff.control("SH", ["SEE ALSO"]);
    let parent = name.rsplit_once('-').map(|(parent, _)| parent.to_owned());
    let mut others: Vec<(String, &str)> = parent.into_iter().map(|name| (name, "(1)")).collect();
    others.extend(verbs(command).map(|verb| (self::name(verb), "(1)")));
    others.push(("vmimap.toml".to_owned(), "(5)"));
    others.push(("vmimap-journal".to_owned(), "(5)"));
    let last = others.len() - 1;
    for (at, (page, section)) in others.iter().enumerate() {
        let comma = if at < last { "," } else { "" };
        roff.text([bold(page), roman(format!("{section}{comma}"))]);
    }
    roff
}

/// One preamble, no line that only moves what man lays out anyway, none too long to read.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut lines = text.lines().peekable();
    let mut begun = false;
    let mut as_it_stands = false;
    while let Some(line) = lines.next() {
        let preamble = line.starts_with(".ie ") || line.starts_with(".el ");
        if preamble && begun {
            continue;
        }
        begun |= !preamble;
        match line {
            ".nf" => as_it_stands = true,
            ".fi" => as_it_stands = false,
            // In running text it ends a paragraph; before a request it is nothing.
            "" if lines.peek().is_some_and(|next| !next.starts_with('.')) => {
                tidied.push_str(".PP\n");
                continue;
            }
            "" => continue,
            ".br" if lines.peek().is_none_or(|next| next.is_empty()) => continue,
            _ => {}
        }
        if as_it_stands || line.starts_with('.') {
            tidied.push_str(line);
            tidied.push('\n');
        } else {
            broken(line, &mut tidied);
        }
    }
    tidied
}

/// Breaks a line of running text between words, never so that a line begins as a request does.
fn broken(line: &str, into: &mut String) {
    let mut length = 0;
    for word in line.split(' ') {
        if length > 0
            && length + 1 + word.len() > WIDTH
            && !word.starts_with(['.', '\''])
            && !word.is_empty()
        {
            into.push('\n');
            length = 0;
        } else if length > 0 {
            into.push(' ');
            length += 1;
        }
        into.push_str(word);
        length += word.len();
    }
    into.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sections_of_the_help_become_sections_of_the_page() {
        let help = "Examples:\n  See:\n    vmimap x\n\n  Do:\n    .x\n\nA note: of\ntwo lines.\n\nExit status:\n  0  done";
        let text = tidy(&from_help(help).render());
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                ".SH NOTES",
                "A note: of",
                "two lines.",
                ".SH EXAMPLES",
                ".nf",
                "See:",
                "  vmimap x",
                ".fi",
                ".PP",
                ".nf",
                "Do:",
                "  .x",
                ".fi",
                ".SH \"EXIT STATUS\"",
                ".nf",
                "0  done",
                ".fi"
            ]
        );
    }
}
