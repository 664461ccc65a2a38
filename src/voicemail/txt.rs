//! Writing the text beside a recording, `msgNNNN.txt`, so that Asterisk reads back what is meant.
//!
//! Pure: values in, octets out. Keys, their order and their spelling are Asterisk's. Asterisk reads
//! the file as configuration and escapes nothing but quotes and backslashes in a name when it
//! writes one; so a caller named `;--` hides all that follows him. Here every semicolon is written
//! as `\;`, which Asterisk's reader takes for a semicolon, and no value reaches beyond its line.
//!
//! Source: `app_voicemail.c`, `leave_voicemail`, `get_date`; `main/callerid.c`, `ast_callerid_merge`;
//! `main/utils.c`, `ast_escape_quoted`; `main/config.c`, `config_text_file_load`.

use std::fmt::Write as _;

use jiff::Timestamp;

/// What Asterisk's file storage keeps about one voicemail. Texts may hold anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Txt<'v> {
    /// The mailbox number.
    pub origmailbox: &'v str,
    /// The caller's dialplan context.
    pub context: &'v str,
    /// The dialplan extension the call was in.
    pub exten: &'v str,
    /// The number that redirected the call; `unknown` where there is none.
    pub rdnis: &'v str,
    /// The dialplan priority.
    pub priority: i64,
    /// The caller's channel.
    pub callerchan: &'v str,
    /// The caller's name; empty where it is not known.
    pub caller_name: &'v str,
    /// The caller's number; empty where it is not known.
    pub caller_number: &'v str,
    /// When the message was left, Unix seconds UTC.
    pub origtime: i64,
    /// The category set by the dialplan.
    pub category: &'v str,
    /// Asterisk's own id; without one the line is left out, as Asterisk before 11 does.
    pub msg_id: Option<&'v str>,
    /// Empty, `Urgent` or `PRIORITY`.
    pub flag: &'v str,
    /// Whole seconds.
    pub duration: u32,
}

impl Txt<'_> {
    /// The file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = String::from(";\n; Message Information file\n;\n[message]\n");
        let mut line = |key: &str, value: &str| {
            // After "=", a ">" would be taken for a part of "=>".
            let space = if value.starts_with('>') { " " } else { "" };
            let _ = writeln!(out, "{key}={space}{value}");
        };
        line("origmailbox", &plain(self.origmailbox));
        line("context", &plain(self.context));
        line("exten", &plain(self.exten));
        line("rdnis", &plain(self.rdnis));
        line("priority", &self.priority.to_string());
        line("callerchan", &plain(self.callerchan));
        line("callerid", &callerid(self.caller_name, self.caller_number));
        line("origdate", &origdate(self.origtime));
        line("origtime", &self.origtime.to_string());
        line("category", &plain(self.category));
        if let Some(msg_id) = self.msg_id {
            line("msg_id", &plain(msg_id));
        }
        line("flag", &plain(self.flag));
        line("duration", &self.duration.to_string());
        out.into_bytes()
    }
}

/// The caller's number as it can stand between angle brackets: Asterisk ends it at the first `>`
/// and begins it at the last `<`.
#[must_use]
pub fn writable_number(number: &str) -> String {
    let kept = |c: &char| !c.is_control() && !matches!(c, '<' | '>' | '"' | '\\');
    number.trim().chars().filter(kept).collect()
}

/// One line: control characters become spaces, semicolons are escaped.
fn plain(value: &str) -> String {
    one_line(value).replace(';', "\\;")
}

fn one_line(value: &str) -> String {
    let space = |c: char| if c.is_control() { ' ' } else { c };
    value.chars().map(space).collect()
}

/// `"Name" <number>`, a number, a name, or `Unknown`.
fn callerid(name: &str, number: &str) -> String {
    let name = one_line(name);
    let number = plain(&writable_number(number));
    match (name.is_empty(), number.is_empty()) {
        (true, true) => "Unknown".to_owned(),
        (true, false) if number.chars().all(is_dialled) => number,
        (true, false) => format!("\"\" <{number}>"),
        (false, true) if stands_alone(&name) => name,
        (false, _) => format!("\"{}\" <{number}>", quoted(&name)),
    }
}

/// Whether Asterisk takes the text for a number without being told (`ast_isphonenumber`).
fn is_dialled(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '*' | '#' | '+')
}

/// Whether a bare name is read as that name, and neither as a number nor as "nobody".
fn stands_alone(name: &str) -> bool {
    let harmless = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '\'' | '&' | '-');
    name.chars().all(harmless)
        && name.chars().any(char::is_alphabetic)
        && name.trim() == name
        && !name.eq_ignore_ascii_case("unknown")
}

/// Escaped as `ast_escape_quoted` does, and semicolons too.
fn quoted(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '"' | '\\' | ';') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// `Mon Nov 23 09:48:41 AM UTC 2026`, in English and UTC always.
fn origdate(origtime: i64) -> String {
    let moment = Timestamp::from_second(origtime).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.strftime("%a %b %e %I:%M:%S %p UTC %Y").to_string()
}

#[cfg(test)]
mod tests;
