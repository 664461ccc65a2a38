//! Section headers with their templates, inheritance and additions, and the values below them.
//!
//! Source: main/config.c, `process_text_line`, `category_get_sep`, `ast_category_inherit`.

use std::collections::HashMap;
use std::sync::Arc;

use super::reader::{Halt, strip, too_large};
use super::{Document, Entry, Section};
use crate::voicemail::conf::catalogue::{self as code, Notices};
use crate::voicemail::conf::error::{ConfError, SyntaxFault};
use crate::voicemail::conf::origin::Place;
use crate::voicemail::conf::values::cut;

/// What Asterisk keeps of a section name, in octets.
const MAX_NAME: usize = 79;
/// The most entries of all sections together, inherited ones included.
const MAX_ENTRIES: usize = 1_000_000;
/// The most sections.
const MAX_SECTIONS: usize = 100_000;
/// The longest value that `+=` may build, in octets.
const MAX_VALUE: usize = 32 * 1024;
/// The most entries all `+=` lines together may look at: each looks through its whole section.
const MAX_SCANNED: usize = 200_000_000;

/// All sections read so far.
#[derive(Default)]
pub(super) struct Sections {
    list: Vec<Section>,
    /// Sections by lower-case name, in order.
    by_name: HashMap<String, Vec<usize>>,
    current: Option<usize>,
    entries: usize,
    scanned: usize,
}

impl Sections {
    pub fn into_document(self) -> Document {
        Document {
            sections: self.list,
        }
    }

    /// The section opened last: an include starts in it.
    pub fn current(&self) -> Option<usize> {
        self.current
    }

    /// The first section with this name (any section, if the name is empty) that qualifies.
    fn find(&self, name: &str, qualifies: impl Fn(&Section) -> bool) -> Option<usize> {
        if name.is_empty() {
            return self.list.iter().position(qualifies);
        }
        let indexes = self.by_name.get(&name.to_ascii_lowercase())?;
        indexes
            .iter()
            .copied()
            .find(|&index| qualifies(&self.list[index]))
    }

    /// Handles `[name]`, `[name](!)`, `[name](base,...)` and `[name](+)`; gives back the section
    /// that values go to from here on.
    pub fn header(
        &mut self,
        text: &str,
        place: &Place,
        notices: &mut Notices,
    ) -> Result<usize, Halt> {
        let fault = |fault| Err(Halt::File(fault));
        let Some((name, tail)) = text[1..].split_once(']') else {
            return fault(SyntaxFault::NoClosingBracket);
        };
        let (kept, was_cut) = cut(name, MAX_NAME);
        if was_cut {
            let message = format!("section name is cut to {MAX_NAME} octets");
            notices.at(&code::VALUE_CUT, place, message);
        }
        let mut section = Section {
            name: kept.into(),
            place: place.clone(),
            template: false,
            entries: Vec::new(),
        };
        let mut target = None;
        let tail = match tail.strip_prefix('(') {
            Some(list) => {
                let Some((list, tail)) = list.split_once(')') else {
                    return fault(SyntaxFault::NoClosingParenthesis);
                };
                for item in list.split(',') {
                    self.header_item(item, name, &mut section, &mut target, place)?;
                }
                tail
            }
            None => tail,
        };
        if !tail.is_empty() {
            let message = "text after the section header is ignored";
            notices.at(&code::HEADER_TAIL, place, message);
        }
        let index = match target {
            Some(index) => index,
            None => self.append(section, place)?,
        };
        self.current = Some(index);
        Ok(index)
    }

    /// Applies one word of the parenthesis.
    fn header_item(
        &mut self,
        item: &str,
        name: &str,
        section: &mut Section,
        target: &mut Option<usize>,
        place: &Place,
    ) -> Result<(), Halt> {
        if item == "!" {
            match *target {
                Some(index) => self.list[index].template = true,
                None => section.template = true,
            }
            return Ok(());
        }
        if let Some(filter) = item.strip_prefix('+') {
            let (plain, templates) = match filter {
                "" => (true, false),
                "TEMPLATES=include" => (true, true),
                "TEMPLATES=restrict" => (false, true),
                // Asterisk may well find a section by it: nothing to go on with, wherever it stands.
                _ => {
                    let (place, fault) = (place.clone(), SyntaxFault::UnsupportedFilter);
                    return Err(ConfError::Syntax { place, fault }.into());
                }
            };
            let qualifies = |s: &Section| if s.template { templates } else { plain };
            let Some(index) = self.find(name, qualifies) else {
                return Err(Halt::File(SyntaxFault::NothingToAddTo(name.to_owned())));
            };
            if target.is_none() {
                // At once: includes start here even if the rest of the header is at fault.
                self.current = Some(index);
                self.list[index].template |= section.template;
                self.list[index].entries.append(&mut section.entries);
            }
            *target = Some(index);
            return Ok(());
        }
        let Some(base) = self.find(item, |_| true) else {
            return Err(Halt::File(SyntaxFault::UnknownBase(item.to_owned())));
        };
        if *target == Some(base) && !self.list[base].entries.is_empty() {
            let (place, fault) = (place.clone(), SyntaxFault::InheritsItself(item.to_owned()));
            return Err(ConfError::Syntax { place, fault }.into());
        }
        self.count(self.list[base].entries.len(), place)?;
        let inherited = self.list[base].entries.clone();
        match *target {
            Some(index) => self.list[index].entries.extend(inherited),
            None => section.entries.extend(inherited),
        }
        Ok(())
    }

    /// Adds a new section at the end.
    fn append(&mut self, section: Section, place: &Place) -> Result<usize, Halt> {
        if self.list.len() >= MAX_SECTIONS {
            return Err(too_large(place, "100000 sections").into());
        }
        let index = self.list.len();
        let key = section.name.to_ascii_lowercase();
        self.by_name.entry(key).or_default().push(index);
        self.list.push(section);
        Ok(index)
    }

    /// Counts entries against the limit.
    fn count(&mut self, more: usize, place: &Place) -> Result<(), Halt> {
        self.entries = self.entries.saturating_add(more);
        if self.entries > MAX_ENTRIES {
            return Err(too_large(place, "1000000 values, inherited ones included").into());
        }
        Ok(())
    }

    /// Handles `name = value`, `name => value` and `name += value`.
    pub fn value(
        &mut self,
        section: Option<usize>,
        text: &str,
        place: &Place,
        notices: &mut Notices,
    ) -> Result<(), Halt> {
        let Some(section) = section else {
            return Err(Halt::File(SyntaxFault::NoSection));
        };
        let (text, from) = match text.strip_prefix('\\') {
            // A character of its own is escaped; the sign is looked for behind it.
            Some(rest) if rest.starts_with(|c: char| c > ' ' && c.is_ascii()) => (rest, 1),
            Some(_) => return Err(Halt::File(SyntaxFault::BadEscape)),
            None => (text, 0),
        };
        let Some(sign) = text[from..].find('=').map(|at| at + from) else {
            notices.at(
                &code::NO_EQUALS,
                place,
                "line without an equals sign is ignored",
            );
            return Ok(());
        };
        let behind = &text[sign + 1..];
        if sign > from && text.as_bytes()[sign - 1] == b'+' {
            let key = strip(&text[..sign - 1]);
            return self.add_to_value(section, key, behind, place, notices);
        }
        let behind = behind.strip_prefix('>').unwrap_or(behind);
        self.push(section, strip(&text[..sign]), strip(behind), place, notices)
    }

    /// Appends to the last value of the same name, or makes a new one. What the result replaces is
    /// the first line of that name, in any case, which holds the same value, as Asterisk does it.
    fn add_to_value(
        &mut self,
        section: usize,
        key: &str,
        more: &str,
        place: &Place,
        notices: &mut Notices,
    ) -> Result<(), Halt> {
        let entries = &mut self.list[section].entries;
        self.scanned = self.scanned.saturating_add(entries.len());
        if self.scanned > MAX_SCANNED {
            return Err(too_large(place, "can be looked through for += lines").into());
        }
        let Some(last) = entries.iter().rfind(|entry| *entry.key == *key).cloned() else {
            return self.push(section, key, strip(more), place, notices);
        };
        if last.value.len() + more.len() > MAX_VALUE {
            return Err(too_large(place, "32 KiB in one value").into());
        }
        let replaced = entries.iter_mut().find(|entry| {
            entry.key.eq_ignore_ascii_case(key)
                && (last.value.is_empty() || entry.value.eq_ignore_ascii_case(&last.value))
        });
        if let Some(entry) = replaced {
            entry.key = last.key;
            entry.value = strip(&[&*last.value, more].concat()).into();
            entry.place = place.clone();
        }
        Ok(())
    }

    fn push(
        &mut self,
        section: usize,
        key: &str,
        value: &str,
        place: &Place,
        notices: &mut Notices,
    ) -> Result<(), Halt> {
        if key.is_empty() {
            notices.at(
                &code::NO_NAME,
                place,
                "nothing stands before the equals sign",
            );
            return Ok(());
        }
        self.count(1, place)?;
        let key: Arc<str> = key.into();
        self.list[section].entries.push(Entry {
            key,
            value: value.into(),
            place: place.clone(),
        });
        Ok(())
    }
}
