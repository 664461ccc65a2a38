//! A header block as lines: where each field stands and whether it is folded.
//!
//! Unlike [`asterisk_view`](crate::voicemail::parse::asterisk_view), which sees what Asterisk sees,
//! this sees what was meant. Source: RFC 5322 §2.2.

use crate::voicemail::header::VmHeader;

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name, without the colon.
    pub name: &'a [u8],
    /// Where it begins in the block.
    pub at: usize,
    /// What stands on the first line behind the colon, without the line end.
    pub line: &'a [u8],
    /// Whether more lines belong to it.
    pub folded: bool,
}

impl Field<'_> {
    /// Whether it has this name, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The fields of a header block, in order.
#[derive(Debug)]
pub struct Fields<'a> {
    block: &'a [u8],
    all: Vec<Field<'a>>,
}

impl<'a> Fields<'a> {
    /// Reads a block; what is no field is passed over.
    #[must_use]
    pub fn read(block: &'a [u8]) -> Self {
        let mut all: Vec<Field<'a>> = Vec::new();
        let mut at = 0;
        for line in block.split_inclusive(|octet| *octet == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if text.starts_with(b" ") || text.starts_with(b"\t") {
                if let Some(last) = all.last_mut() {
                    last.folded = true;
                }
            } else if let Some(colon) = text.iter().position(|octet| *octet == b':') {
                all.push(Field {
                    name: text[..colon].trim_ascii_end(),
                    at,
                    line: &text[colon + 1..],
                    folded: false,
                });
            }
            at += line.len();
        }
        Self { block, all }
    }

    /// The first field of this name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&Field<'a>> {
        self.all.iter().find(|field| field.is(name))
    }

    /// How many fields of this name there are.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        self.all.iter().filter(|field| field.is(name)).count()
    }

    /// The header within whose value Asterisk finds this one first, if it is another's.
    #[must_use]
    pub fn host_of(&self, header: VmHeader) -> Option<&Field<'a>> {
        let name = header.name().as_bytes();
        let place = self.block.windows(name.len() + 1).position(|window| {
            window[name.len()] == b':' && window[..name.len()].eq_ignore_ascii_case(name)
        })?;
        let host = self.all.iter().rfind(|field| field.at <= place)?;
        (host.at != place || !host.is(header.name())).then_some(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_know_their_place_and_whether_they_go_on() {
        let block = b"A: 1\r\nX-Asterisk-VM-Flag:\r\n two\r\nnonsense\r\nB:3\r\n\r\n";
        let fields = Fields::read(block);
        let flag = fields.first("x-asterisk-vm-flag").unwrap();
        assert_eq!((flag.at, flag.line, flag.folded), (6, &b""[..], true));
        let last = fields.first("b").unwrap();
        assert_eq!((last.line, last.folded), (&b"3"[..], false));
        assert_eq!(fields.count("A"), 1);
        assert!(fields.first("nonsense").is_none());
    }

    #[test]
    fn the_host_of_a_name_is_the_field_it_stands_in() {
        let of = |block: &str| {
            let fields = Fields::read(block.as_bytes());
            let host = fields.host_of(VmHeader::Duration);
            host.map(|field| String::from_utf8_lossy(field.name).into_owned())
        };
        assert_eq!(of("X-Asterisk-VM-Duration: 1\r\n"), None);
        assert_eq!(
            of("Subject: x-asterisk-vm-duration: 9\r\nX-Asterisk-VM-Duration: 1\r\n").as_deref(),
            Some("Subject")
        );
        assert_eq!(
            of("A: b\r\n X-Asterisk-VM-Duration: 9\r\n").as_deref(),
            Some("A")
        );
    }
}
