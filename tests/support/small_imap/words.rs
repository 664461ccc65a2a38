//! From octets to words: a command line with its literals (RFC 3501 §9).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// One argument of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    Text(Vec<u8>),
    List(Vec<Word>),
}

impl Word {
    pub fn text(&self) -> String {
        match self {
            Self::Text(octets) => String::from_utf8_lossy(octets).into_owned(),
            Self::List(_) => String::new(),
        }
    }
}

/// A command: its tag, its words, and its line without the literals' octets.
pub struct Line {
    pub tag: String,
    pub words: Vec<Word>,
    pub text: String,
}

/// Reads a command; `None` when the client has gone.
pub fn read(stream: &mut BufReader<TcpStream>) -> Option<Line> {
    let mut text = String::new();
    let mut literals = Vec::new();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).ok()?;
        if !line.ends_with(b"\r\n") {
            return None;
        }
        line.truncate(line.len() - 2);
        let line = String::from_utf8_lossy(&line);
        text.push_str(&line);
        let Some((size, asks)) = announced(&line) else {
            break;
        };
        if asks {
            stream.get_mut().write_all(b"+ OK\r\n").ok()?;
        }
        let mut octets = vec![0; size];
        stream.read_exact(&mut octets).ok()?;
        literals.push(octets);
    }
    let (tag, rest) = text.split_once(' ')?;
    let (tag, rest) = (tag.to_owned(), rest.to_owned());
    let mut chars = rest.chars().peekable();
    let words = words(&mut chars, &mut literals.into_iter());
    Some(Line {
        tag,
        words,
        text: rest,
    })
}

fn announced(text: &str) -> Option<(usize, bool)> {
    let inner = text.strip_suffix('}')?;
    let (_, size) = inner.rsplit_once('{')?;
    let asks = !size.ends_with('+');
    Some((size.trim_end_matches('+').parse().ok()?, asks))
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn words(chars: &mut Chars<'_>, literals: &mut dyn Iterator<Item = Vec<u8>>) -> Vec<Word> {
    let mut found = Vec::new();
    while let Some(&next) = chars.peek() {
        match next {
            ' ' => drop(chars.next()),
            ')' => {
                chars.next();
                return found;
            }
            '(' => {
                chars.next();
                found.push(Word::List(words(chars, literals)));
            }
            '"' => {
                chars.next();
                found.push(Word::Text(quoted(chars)));
            }
            '{' => {
                for _ in chars.by_ref().take_while(|c| *c != '}') {}
                found.push(Word::Text(literals.next().unwrap()));
            }
            _ => found.push(Word::Text(atom(chars))),
        }
    }
    found
}

fn quoted(chars: &mut Chars<'_>) -> Vec<u8> {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text.into_bytes()
}

fn atom(chars: &mut Chars<'_>) -> Vec<u8> {
    let mut text = String::new();
    while let Some(&c) = chars.peek() {
        if matches!(c, ' ' | '(' | ')') {
            break;
        }
        text.push(c);
        chars.next();
    }
    text.into_bytes()
}

/// Whether a UID is in a set; `*` is the largest there is.
pub fn holds(set: &str, uid: u32) -> bool {
    set.split(',').any(|range| {
        let (low, high) = range.split_once(':').unwrap_or((range, range));
        let number = |text: &str| text.parse().unwrap_or(u32::MAX);
        let (low, high) = (number(low), number(high));
        (low.min(high)..=low.max(high)).contains(&uid)
    })
}
