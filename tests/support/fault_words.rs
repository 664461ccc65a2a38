//! Commands and answers as [`super::fault_proxy`] takes them apart: lines and literals.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;

/// An answer: lines with their ends, and literals between them.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    parts: Vec<(Vec<u8>, bool)>,
}

/// One direction of a connection.
pub struct Reader {
    stream: BufReader<TcpStream>,
}

impl Reader {
    pub fn new(stream: &TcpStream) -> Self {
        Self {
            stream: BufReader::new(stream.try_clone().unwrap()),
        }
    }

    fn line(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        let read = self.stream.read_until(b'\n', &mut line);
        (read.is_ok() && line.ends_with(b"\n")).then_some(line)
    }

    fn octets(&mut self, size: usize) -> Option<Vec<u8>> {
        let mut octets = vec![0; size];
        self.stream.read_exact(&mut octets).ok()?;
        Some(octets)
    }

    /// The next command with its literals; `None` where the client has gone, in its middle too.
    pub fn command(&mut self) -> Option<Vec<u8>> {
        let mut command = Vec::new();
        loop {
            let line = self.line()?;
            let size = literal_size(&line);
            command.extend_from_slice(&line);
            let Some(size) = size else {
                return Some(command);
            };
            command.extend_from_slice(&self.octets(size)?);
        }
    }

    /// Everything up to the line with the tag; the next line alone where there is none.
    pub fn answer(&mut self, tag: Option<&str>) -> Option<Answer> {
        let mut answer = Answer::default();
        let mut fresh = true;
        loop {
            let line = self.line()?;
            let last = tag.is_none_or(|tag| line.starts_with(format!("{tag} ").as_bytes()));
            let done = fresh && last;
            let size = literal_size(&line).filter(|_| !done);
            answer.parts.push((line, false));
            if done {
                return Some(answer);
            }
            fresh = size.is_none();
            if let Some(size) = size {
                answer.parts.push((self.octets(size)?, true));
            }
        }
    }
}

/// The size in a `{n}` or `{n+}` at the end of a line.
fn literal_size(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\r\n")?.strip_suffix(b"}")?;
    let open = line.iter().rposition(|&octet| octet == b'{')?;
    let digits = std::str::from_utf8(&line[open + 1..]).ok()?;
    digits.strip_suffix('+').unwrap_or(digits).parse().ok()
}

impl Answer {
    pub fn of_line(line: &str) -> Self {
        Self {
            parts: vec![(line.as_bytes().to_vec(), false)],
        }
    }

    pub fn octets(&self) -> Vec<u8> {
        self.parts
            .iter()
            .flat_map(|(part, _)| part.clone())
            .collect()
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let lines = self.parts.iter().filter(|(_, literal)| !literal);
        lines.map(|(line, _)| String::from_utf8_lossy(line).into_owned())
    }

    /// Whether a line holds this.
    pub fn says(&self, words: &str) -> bool {
        self.lines().any(|line| line.contains(words))
    }

    fn changed(&self, change: impl Fn(&[u8], bool) -> Vec<u8>) -> Vec<u8> {
        let last = self.parts.len() - 1;
        let parts = self.parts.iter().enumerate();
        parts
            .flat_map(|(at, (part, literal))| {
                if *literal {
                    part.clone()
                } else {
                    change(part, at == last)
                }
            })
            .collect()
    }

    pub fn with_bare_lf(&self) -> Vec<u8> {
        self.changed(|line, _| {
            let mut line = line.strip_suffix(b"\r\n").unwrap_or(line).to_vec();
            line.push(b'\n');
            line
        })
    }

    pub fn with_text(&self, text: &[u8]) -> Vec<u8> {
        self.changed(|line, last| {
            let end = if last { text } else { b"" };
            [line.strip_suffix(b"\r\n").unwrap_or(line), end, b"\r\n"].concat()
        })
    }

    pub fn with_tag(&self, tag: &str, other: &str) -> Vec<u8> {
        self.changed(|line, last| {
            if last {
                [other.as_bytes(), &line[tag.len()..]].concat()
            } else {
                line.to_vec()
            }
        })
    }

    /// Tells another limit of STORAGE.
    pub fn limit_storage(&mut self, limit: &str) {
        for (part, _) in &mut self.parts {
            let line = String::from_utf8_lossy(part).into_owned();
            if let Some((head, rest)) = line.split_once("(STORAGE ")
                && let Some((used, rest)) = rest.split_once(' ')
            {
                let end = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                *part = format!("{head}(STORAGE {used} {limit}{end}").into_bytes();
            }
        }
    }
}

/// The answer with every UIDVALIDITY in it changed.
pub fn move_validity(answer: &Answer) -> Vec<u8> {
    answer.changed(|line, _| {
        let mut line = line.to_vec();
        for word in ["UIDVALIDITY ", "APPENDUID ", "COPYUID "] {
            let found = line
                .windows(word.len())
                .position(|window| window == word.as_bytes());
            let Some(at) = found else { continue };
            let first = &mut line[at + word.len()];
            *first = if *first == b'9' { b'1' } else { *first + 1 };
        }
        line
    })
}

/// The word of a command in capitals, with UID before it where it is there.
pub fn command_name(command: &[u8]) -> String {
    let text = String::from_utf8_lossy(command).to_ascii_uppercase();
    let mut words = text.split_whitespace().skip(1);
    match words.next() {
        Some("UID") => format!("UID {}", words.next().unwrap_or_default()),
        other => other.unwrap_or_default().to_owned(),
    }
}

/// A command without its tag, for repeating it to whoever sent it.
pub fn printable(command: &[u8]) -> String {
    let text = String::from_utf8_lossy(&command[..command.len().min(300)]).into_owned();
    let line = text.lines().next().unwrap_or_default();
    line.split_once(' ').map_or("", |(_, rest)| rest).to_owned()
}
