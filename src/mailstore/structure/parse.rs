//! From the octets of a BODYSTRUCTURE to its parts.
//!
//! Takes NIL and atoms wherever a string belongs, and anything after the fields it knows.

use super::super::syntax::{Reader, Value};
use super::{DEEPEST, Disposition, MOST_PARAMETERS, MOST_PARTS, Part};

/// Why there are no parts.
pub(super) enum Fault {
    TooComplex,
    Broken,
}

type Read<T> = Result<T, Fault>;

/// Reads one whole BODYSTRUCTURE.
pub(super) fn parts(octets: &[u8]) -> Read<Part> {
    let mut parser = Parser {
        reader: Reader::new(octets),
        parts: 0,
    };
    let part = parser.part(1)?;
    if parser.reader.at_end() {
        Ok(part)
    } else {
        Err(Fault::Broken)
    }
}

struct Parser<'a> {
    reader: Reader<'a>,
    parts: usize,
}

impl Parser<'_> {
    fn part(&mut self, depth: usize) -> Read<Part> {
        self.parts += 1;
        if !self.reader.open() {
            return Err(Fault::Broken);
        }
        if depth > DEEPEST || self.parts > MOST_PARTS {
            return Err(Fault::TooComplex);
        }
        let mut part = if self.reader.at_list() {
            self.multipart(depth)?
        } else {
            self.single(depth)?
        };
        self.extensions(&mut part)?;
        Ok(part)
    }

    fn multipart(&mut self, depth: usize) -> Read<Part> {
        let mut part = Part {
            media_type: "multipart".to_owned(),
            ..Part::default()
        };
        while self.reader.at_list() {
            part.children.push(self.part(depth + 1)?);
        }
        part.subtype = self.text()?;
        // The parameters are extension data here, and may be missing.
        if !self.at_close() {
            part.parameters = self.parameters()?;
        }
        Ok(part)
    }

    /// `type subtype parameters id description encoding octets`, and what some types add.
    fn single(&mut self, depth: usize) -> Read<Part> {
        let media_type = self.text()?;
        let subtype = self.text()?;
        let parameters = self.parameters()?;
        let _id = self.string()?;
        let description = self.string()?;
        let encoding = self.text()?;
        let size = self.reader.number().ok_or(Fault::Broken)?;
        let mut part = Part {
            media_type,
            subtype,
            parameters,
            description,
            encoding,
            size: Some(size),
            ..Part::default()
        };
        if part.media_type.eq_ignore_ascii_case("text") {
            self.lines()?;
        } else if part.is("message", "rfc822") && self.reader.at_list() {
            self.skip()?; // the envelope
            part.children.push(self.part(depth + 1)?);
            self.lines()?;
        }
        if !self.at_close() {
            self.skip()?; // MD5
        }
        Ok(part)
    }

    /// The disposition, whatever follows it, and the end of the part.
    fn extensions(&mut self, part: &mut Part) -> Read<()> {
        if !self.at_close() {
            part.disposition = self.disposition()?;
        }
        while !self.reader.close() {
            self.skip()?;
        }
        Ok(())
    }

    fn disposition(&mut self) -> Read<Option<Disposition>> {
        if !self.reader.open() {
            // NIL; a bare word is no disposition that could be read, but harms nothing.
            self.skip()?;
            return Ok(None);
        }
        let kind = self.text()?;
        let parameters = if self.at_close() {
            Vec::new()
        } else {
            self.parameters()?
        };
        while !self.reader.close() {
            self.skip()?;
        }
        Ok(Some(Disposition { kind, parameters }))
    }

    fn parameters(&mut self) -> Read<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut parameters = Vec::new();
        if !self.reader.open() {
            return match self.string()? {
                None => Ok(parameters),
                Some(_) => Err(Fault::Broken),
            };
        }
        while !self.reader.close() {
            if parameters.len() >= MOST_PARAMETERS {
                return Err(Fault::TooComplex);
            }
            let name = self.string()?.unwrap_or_default();
            let value = self.string()?.unwrap_or_default();
            parameters.push((name, value));
        }
        Ok(parameters)
    }

    /// The number of lines; what stands in its place is passed over if it is no list.
    fn lines(&mut self) -> Read<()> {
        if self.at_close() || self.reader.at_list() {
            return Ok(());
        }
        self.skip()
    }

    fn text(&mut self) -> Read<String> {
        let octets = self.string()?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&octets).into_owned())
    }

    /// A string; `None` for NIL.
    fn string(&mut self) -> Read<Option<Vec<u8>>> {
        match self.reader.value().ok_or(Fault::Broken)? {
            nil @ Value::Atom(_) if nil.is("NIL") => Ok(None),
            Value::Atom(octets) => Ok(Some(octets.to_vec())),
            Value::Text(octets) => Ok(Some(octets.into_owned())),
            Value::List(_) => Err(Fault::Broken),
        }
    }

    fn skip(&mut self) -> Read<()> {
        self.reader.skip().map(drop).ok_or(Fault::Broken)
    }

    fn at_close(&self) -> bool {
        self.reader.clone().close()
    }
}
