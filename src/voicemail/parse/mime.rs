//! The little MIME that finding a recording takes: a field, a boundary, a first parameter.
//!
//! Separate from a full MIME parser because the rules here are those of what Asterisk plays: the
//! first Content-Type parameter whatever it is called, nothing else. It does not decode RFC 2231
//! or RFC 2047. Source: RFC 2045 §5.1, RFC 2046 §5.1.1.

/// What a line is to a multipart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// A part begins.
    Open,
    /// The last part has ended.
    Close,
}

/// The unfolded value of the first field with this name (any case), without outer white space.
pub(super) fn field(header: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut lines = header.split(|o| *o == b'\n').map(without_cr);
    let first = lines.by_ref().find_map(|line| {
        let (found, rest) = line.split_at_checked(name.len())?;
        let value = rest.trim_ascii_start().strip_prefix(b":")?;
        found.eq_ignore_ascii_case(name.as_bytes()).then_some(value)
    })?;
    let mut value = first.to_vec();
    for line in lines.take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t")) {
        value.extend_from_slice(line);
    }
    Some(value.trim_ascii().to_vec())
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The boundary of a `multipart/...` Content-Type, `None` where it is none or has no boundary.
pub(super) fn boundary(content_type: &[u8]) -> Option<Vec<u8>> {
    const KIND: &[u8] = b"multipart/";
    let kind = content_type.get(..KIND.len())?;
    if !kind.eq_ignore_ascii_case(KIND) {
        return None;
    }
    Parameters::of(content_type)
        .find(|(name, _)| name.eq_ignore_ascii_case(b"boundary"))
        .map(|(_, value)| value.trim_ascii_end().to_vec())
        .filter(|value| !value.is_empty())
}

/// The value of the first parameter, whatever its name.
pub(super) fn first_parameter(content_type: &[u8]) -> Option<Vec<u8>> {
    Parameters::of(content_type).next().map(|(_, value)| value)
}

/// What `line` (with or without its line end) is to the multipart with this `--boundary`.
pub(super) fn delimiter(line: &[u8], dashed: &[u8]) -> Option<Delimiter> {
    match line.strip_prefix(dashed)?.trim_ascii_end() {
        b"" => Some(Delimiter::Open),
        b"--" => Some(Delimiter::Close),
        _ => None,
    }
}

/// The `name=value` pairs of a Content-Type; pieces without `=` are passed over.
struct Parameters<'a>(&'a [u8]);

impl<'a> Parameters<'a> {
    fn of(content_type: &'a [u8]) -> Self {
        let start = content_type.iter().position(|o| *o == b';');
        Self(&content_type[start.unwrap_or(content_type.len())..])
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a [u8], Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.0.strip_prefix(b";")?;
            let end = rest.iter().position(|o| matches!(o, b'=' | b';'));
            let end = end.unwrap_or(rest.len());
            let (name, rest) = rest.split_at(end);
            if let Some(rest) = rest.strip_prefix(b"=") {
                let (value, rest) = value(rest.trim_ascii_start());
                self.0 = rest;
                return Some((name.trim_ascii(), value));
            }
            self.0 = rest;
        }
    }
}

/// A token or quoted string, and the rest from the next `;` on.
fn value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut quoted = false;
    let mut at = 0;
    while let Some(octet) = text.get(at) {
        match octet {
            b'"' => quoted = !quoted,
            b'\\' if quoted => {
                at += 1;
                value.extend(text.get(at));
            }
            b';' if !quoted => break,
            octet => value.push(*octet),
        }
        at += 1;
    }
    let value = value.trim_ascii_end().to_vec();
    (value, text.get(at..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(content_type: &str) -> Option<String> {
        first_parameter(content_type.as_bytes()).map(|value| String::from_utf8(value).unwrap())
    }

    #[test]
    fn the_first_parameter_is_taken_whatever_its_name() {
        for (content_type, value) in [
            ("audio/x-WAV; name=\"msg0000.WAV\"", Some("msg0000.WAV")),
            (
                "audio/x-wav;NAME = msg0000.wav ; charset=x",
                Some("msg0000.wav"),
            ),
            (
                "audio/x-wav; name*=utf-8''msg0000.wav",
                Some("utf-8''msg0000.wav"),
            ),
            ("audio/x-wav; charset=utf-8; name=\"a.wav\"", Some("utf-8")),
            ("audio/x-wav; name=\"a;\\\"b.wav\"; x=y", Some("a;\"b.wav")),
            ("audio/x-wav; novalue; name=a.wav", Some("a.wav")),
            ("audio/x-wav; name=\"open", Some("open")),
            ("audio/x-wav; name=\"open\\", Some("open")),
            ("audio/x-wav", None),
            ("audio/x-wav;", None),
            ("", None),
        ] {
            assert_eq!(first(content_type).as_deref(), value, "{content_type}");
        }
    }

    #[test]
    fn fields_are_unfolded_and_matched_whole() {
        let header =
            b"X-Asterisk-VM-Message-ID: 1\r\nmessage-id:\r\n <a@b>\r\nMessage-ID: <c@d>\r\n";
        assert_eq!(field(header, "Message-ID").unwrap(), b"<a@b>");
        assert_eq!(field(header, "Message"), None);
        assert_eq!(field(b"", "A"), None);
    }

    #[test]
    fn only_a_whole_boundary_line_delimits() {
        let dashed = b"--b";
        assert_eq!(delimiter(b"--b\r\n", dashed), Some(Delimiter::Open));
        assert_eq!(delimiter(b"--b-- \t\r\n", dashed), Some(Delimiter::Close));
        assert_eq!(delimiter(b"--bc\r\n", dashed), None);
        assert_eq!(delimiter(b" --b\r\n", dashed), None);
    }

    #[test]
    fn a_boundary_needs_a_multipart() {
        assert_eq!(
            boundary(b"Multipart/Mixed; x=y; Boundary=\"a b\"").unwrap(),
            b"a b"
        );
        assert_eq!(boundary(b"text/plain; boundary=a"), None);
        assert_eq!(boundary(b"multipart/mixed; boundary=\"\""), None);
    }
}
