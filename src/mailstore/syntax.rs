//! The little of IMAP's grammar that is read here: atoms, strings, lists (RFC 3501 §4, §9).
//!
//! Works on one logical response (a line with its literals in place). Separate from
//! [`super::response`], which says what a response is about. Does not allocate for what it can
//! borrow. Invariant: no input makes it panic, recurse deeper than [`DEEPEST`], hold more than [`MOST`]
//! values or read past the end.

use std::borrow::Cow;

/// Lists within lists that are followed; deeper answers are no answers to what is asked here.
pub(super) const DEEPEST: usize = 32;

/// Values that are held at a time: a response of a few MiB could hold millions of empty lists, each of
/// which takes many times its two octets. The longest answer that is understood is an ACL of 100,000.
const MOST: usize = 250_000;

/// A value in a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// An atom, a number, a flag, `NIL`, or `BODY[...]` with its section.
    Atom(&'a [u8]),
    /// A quoted string or a literal.
    Text(Cow<'a, [u8]>),
    /// A parenthesised list.
    List(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// Whether this is the atom `word`, in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Atom(a) if a.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// The octets of an atom or a string; `None` for a list.
    pub(super) fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Atom(a) => Some(a),
            Self::Text(t) => Some(t),
            Self::List(_) => None,
        }
    }

    /// The text of an atom or a string, where it is UTF-8.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.octets()?).ok()
    }

    /// The number an atom or a string spells.
    pub(super) fn number(&self) -> Option<u64> {
        self.text()?.parse().ok()
    }

    /// The members of a list.
    pub(super) fn list(&self) -> Option<&[Value<'a>]> {
        match self {
            Self::List(members) => Some(members),
            _ => None,
        }
    }
}

/// Reads values off the front of a response.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// Whether only white space is left.
    pub(super) fn at_end(&self) -> bool {
        self.rest.iter().all(u8::is_ascii_whitespace)
    }

    /// The next value; `None` at the end and where the grammar is broken.
    pub(super) fn value(&mut self) -> Option<Value<'a>> {
        self.value_at(0, &mut MOST.clone())
    }

    /// The next value as a number.
    pub(super) fn number(&mut self) -> Option<u64> {
        self.value()?.number()
    }

    /// Takes the next word if it is this one, in any case.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        let found = ahead.value().is_some_and(|v| v.is(word));
        if found {
            *self = ahead;
        }
        found
    }

    /// All values to the end; `None` where any of them is broken.
    pub(super) fn all(mut self) -> Option<Vec<Value<'a>>> {
        let mut values = Vec::new();
        let mut left = MOST;
        while !self.at_end() {
            values.push(self.value_at(0, &mut left)?);
        }
        Some(values)
    }

    /// Steps into a list; `false`, and nothing taken, where none begins here.
    pub(super) fn open(&mut self) -> bool {
        self.take(b'(')
    }

    /// Steps out of a list; `false`, and nothing taken, where it does not end here.
    pub(super) fn close(&mut self) -> bool {
        self.take(b')')
    }

    /// Whether a list begins here.
    pub(super) fn at_list(&self) -> bool {
        self.clone().open()
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Passes over the next value, however deep it nests, and returns its octets; `None` at the
    /// end and where the grammar is broken. Does not recurse.
    pub(super) fn skip(&mut self) -> Option<&'a [u8]> {
        self.skip_spaces();
        let start = self.rest;
        let mut depth = 0usize;
        loop {
            if self.open() {
                depth += 1;
            } else if self.close() {
                depth = depth.checked_sub(1)?;
            } else {
                self.value()?;
            }
            if depth == 0 {
                return Some(&start[..start.len() - self.rest.len()]);
            }
        }
    }

    fn take(&mut self, octet: u8) -> bool {
        self.skip_spaces();
        match self.rest {
            [first, rest @ ..] if *first == octet => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// The next value, which with all in it is one of those `left`.
    fn value_at(&mut self, depth: usize, left: &mut usize) -> Option<Value<'a>> {
        *left = left.checked_sub(1)?;
        self.skip_spaces();
        match *self.rest.first()? {
            b'(' if depth < DEEPEST => self.list(depth, left),
            b'"' => self.quoted(),
            b'{' => self.literal(),
            b'~' if self.rest.get(1) == Some(&b'{') => {
                self.rest = &self.rest[1..];
                self.literal()
            }
            b'(' | b')' => None,
            _ => self.atom(),
        }
    }

    fn skip_spaces(&mut self) {
        while let [b' ' | b'\r' | b'\n', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn list(&mut self, depth: usize, left: &mut usize) -> Option<Value<'a>> {
        self.rest = self.rest.get(1..)?;
        let mut members = Vec::new();
        loop {
            self.skip_spaces();
            if let [b')', rest @ ..] = self.rest {
                self.rest = rest;
                return Some(Value::List(members));
            }
            members.push(self.value_at(depth + 1, left)?);
        }
    }

    fn quoted(&mut self) -> Option<Value<'a>> {
        let body = self.rest.get(1..)?;
        let mut unescaped: Option<Vec<u8>> = None;
        let mut at = 0;
        loop {
            match *body.get(at)? {
                b'"' => break,
                b'\r' | b'\n' => return None,
                b'\\' => {
                    let escaped = *body.get(at + 1)?;
                    unescaped
                        .get_or_insert_with(|| body[..at].to_vec())
                        .push(escaped);
                    at += 2;
                }
                octet => {
                    if let Some(out) = &mut unescaped {
                        out.push(octet);
                    }
                    at += 1;
                }
            }
        }
        self.rest = &body[at + 1..];
        Some(Value::Text(match unescaped {
            Some(out) => Cow::Owned(out),
            None => Cow::Borrowed(&body[..at]),
        }))
    }

    fn literal(&mut self) -> Option<Value<'a>> {
        let end = self.rest.iter().position(|&b| b == b'\n')?;
        let size = usize::try_from(literal_size(&self.rest[..=end])?).ok()?;
        let body = self.rest.get(end + 1..)?;
        let (octets, rest) = body.split_at_checked(size)?;
        self.rest = rest;
        Some(Value::Text(Cow::Borrowed(octets)))
    }

    /// An atom ends at a space or a parenthesis, except inside `BODY[...]`.
    fn atom(&mut self) -> Option<Value<'a>> {
        let mut at = 0;
        let mut in_section = false;
        let mut in_quotes = false;
        while let Some(&octet) = self.rest.get(at) {
            match octet {
                b'"' if in_section => in_quotes = !in_quotes,
                b'\r' | b'\n' | b'"' => break,
                b'[' if !in_quotes => in_section = true,
                b']' if !in_quotes => in_section = false,
                b' ' | b'(' | b')' if !in_section => break,
                _ => {}
            }
            at += 1;
        }
        if at == 0 || in_section {
            return None;
        }
        let (atom, rest) = self.rest.split_at(at);
        self.rest = rest;
        Some(Value::Atom(atom))
    }
}

/// The size of the literal that a line announces at its end (`{12}` or `~{12}`).
pub(super) fn literal_size(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_suffix(b"}")?;
    let open = line.iter().rposition(|&b| b == b'{')?;
    let digits = &line[open + 1..];
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(s: &str) -> Value<'_> {
        Value::Text(Cow::Borrowed(s.as_bytes()))
    }

    #[test]
    fn a_fetch_with_every_kind_of_value_is_read() {
        let line = b"(UID 7 FLAGS (\\Seen $X) BODY[HEADER.FIELDS (\"Message-ID\")] {4}\r\na)\"b X \"q\\\"\\\\\")\r\n";
        let mut reader = Reader::new(line);
        let list = reader.value().unwrap();
        let members = list.list().unwrap();
        assert!(members[0].is("uid"));
        assert_eq!(members[1].number(), Some(7));
        assert_eq!(members[3].list().unwrap().len(), 2);
        assert!(members[4].is("BODY[HEADER.FIELDS (\"MESSAGE-ID\")]"));
        assert_eq!(members[5], text("a)\"b"));
        assert_eq!(members[7], text("q\"\\"));
        assert!(reader.at_end());
    }

    #[test]
    fn broken_grammar_is_none() {
        for bad in [
            "(a",
            "\"a",
            "{5}\r\nab",
            "(a \"b\r\nc\")",
            "BODY[",
            ")",
            "{x}\r\n",
        ] {
            assert!(
                Reader::new(bad.as_bytes())
                    .all()
                    .is_none_or(|v| v == [Value::Atom(bad.as_bytes())]),
                "{bad}"
            );
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow_the_stack() {
        let deep = "(".repeat(200_000);
        assert!(Reader::new(deep.as_bytes()).value().is_none());
    }

    #[test]
    fn more_values_than_any_answer_has_are_refused_and_passed_over_where_nobody_wants_them() {
        let lists = "()".repeat(MOST);
        let one = format!("({lists})");
        let nested = format!("({})", "(())".repeat(MOST / 2));
        for line in [&one, &nested] {
            assert_eq!(Reader::new(line.as_bytes()).value(), None);
            assert_eq!(Reader::new(line.as_bytes()).skip(), Some(line.as_bytes()));
        }
        assert!(Reader::new(lists.as_bytes()).all().is_some());
        assert!(Reader::new(one.as_bytes()).all().is_none());
        let numbers = "1 ".repeat(MOST + 1);
        let mut reader = Reader::new(numbers.as_bytes());
        while reader.number().is_some() {}
        assert!(
            reader.at_end(),
            "one after the other there may be any number"
        );
    }

    #[test]
    fn what_is_not_wanted_is_passed_over_however_deep_it_is() {
        let deep = format!("{}{} x", "(".repeat(200_000), ")".repeat(200_000));
        let mut reader = Reader::new(deep.as_bytes());
        assert_eq!(reader.skip().map(<[u8]>::len), Some(400_000));
        assert_eq!(reader.value(), Some(Value::Atom(b"x")));
        let mut reader = Reader::new(b" (\"a)\\\"(\" {3}\r\n))( (NIL)) b");
        assert_eq!(reader.skip(), Some(&b"(\"a)\\\"(\" {3}\r\n))( (NIL))"[..]));
        assert_eq!(reader.skip(), Some(&b"b"[..]));
        for bad in ["", ")", "(a", "(\"a)", "({9}\r\n)", &"(".repeat(200_000)] {
            assert_eq!(Reader::new(bad.as_bytes()).skip(), None, "{bad:.9}");
        }
    }

    #[test]
    fn literal_sizes_are_seen_at_the_end_of_a_line_only() {
        assert_eq!(literal_size(b"x {12}\r\n"), Some(12));
        assert_eq!(literal_size(b"x ~{0}\n"), Some(0));
        assert_eq!(literal_size(b"{12} x\r\n"), None);
        assert_eq!(literal_size(b"{99999999999999999999999}\r\n"), None);
        assert_eq!(literal_size(b"{-1}\r\n"), None);
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Reader::new(&octets).all();
            let _ = Reader::new(&octets).skip();
        }

        #[test]
        fn no_near_imap_makes_it_panic(text in "[()\"\\\\{}0-9 \\[\\]a-z\\r\\n~]{0,80}") {
            let _ = Reader::new(text.as_bytes()).all();
            let _ = Reader::new(text.as_bytes()).skip();
        }
    }
}
