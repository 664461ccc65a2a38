//! Which voicemail boxes and which of their messages a verb is about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use globset::{Glob, GlobMatcher};

use super::shard::Part;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::vmbox::VoicemailBox;

/// A pattern for voicemail boxes: `4123`, `41*`, `4123@default`, `*@sales`.
///
/// Without an `@` it is about the extension in any context. `*`, `?`, `[..]` and `{a,b}` work as
/// in a shell.
#[derive(Debug, Clone)]
pub struct BoxPattern {
    text: String,
    extension: GlobMatcher,
    context: Option<GlobMatcher>,
}

/// A pattern that cannot be understood.
#[derive(Debug)]
pub struct PatternError {
    text: String,
    why: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pattern {:?}: {}", self.text, self.why)
    }
}

impl std::error::Error for PatternError {}

fn matcher(text: &str, whole: &str) -> Result<GlobMatcher, PatternError> {
    Glob::new(text)
        .map(|glob| glob.compile_matcher())
        .map_err(|error| PatternError {
            text: whole.to_owned(),
            why: error.kind().to_string(),
        })
}

impl BoxPattern {
    /// Understands `EXT` or `EXT@CONTEXT`.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let (extension, context) = match text.split_once('@') {
            Some((extension, context)) => (extension, Some(context)),
            None => (text, None),
        };
        Ok(Self {
            text: text.to_owned(),
            extension: matcher(extension, text)?,
            context: context.map(|context| matcher(context, text)).transpose()?,
        })
    }

    /// A pattern for every box of the contexts that match.
    pub fn context(text: &str) -> Result<Self, PatternError> {
        Ok(Self {
            text: format!("*@{text}"),
            extension: matcher("*", text)?,
            context: Some(matcher(text, text)?),
        })
    }

    /// Whether the box is meant.
    #[must_use]
    pub fn matches(&self, vmbox: &VoicemailBox) -> bool {
        self.extension.is_match(&vmbox.extension)
            && self
                .context
                .as_ref()
                .is_none_or(|context| context.is_match(&vmbox.context))
    }
}

impl fmt::Display for BoxPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a verb was asked to work on. Empty lists mean everything.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Boxes: any of these.
    pub boxes: Vec<BoxPattern>,
    /// Contexts: any of these, on top of `boxes`.
    pub contexts: Vec<BoxPattern>,
    /// Boxes to leave out, whatever the lists above say.
    pub exclude: Vec<BoxPattern>,
    /// Boxes: of what is left, those of this part.
    pub part: Option<Part>,
    /// Folders: any of these.
    pub folders: Vec<VoicemailFolder>,
    /// Left at or after this moment, Unix seconds UTC.
    pub since: Option<i64>,
    /// Left before this moment, Unix seconds UTC.
    pub until: Option<i64>,
}

impl Selection {
    /// Whether the box is asked for.
    #[must_use]
    pub fn takes_box(&self, vmbox: &VoicemailBox) -> bool {
        let any = |patterns: &[BoxPattern]| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(vmbox))
        };
        any(&self.boxes)
            && any(&self.contexts)
            && !self.exclude.iter().any(|pattern| pattern.matches(vmbox))
            && self.part.as_ref().is_none_or(|part| part.holds(vmbox))
    }

    /// Whether a message of a selected box is asked for.
    #[must_use]
    pub fn takes_message(&self, folder: VoicemailFolder, origtime: i64) -> bool {
        self.takes_folder(folder) && self.takes_time(origtime)
    }

    /// Whether messages of this folder are asked for, by their folder.
    #[must_use]
    pub fn takes_folder(&self, folder: VoicemailFolder) -> bool {
        self.folders.is_empty() || self.folders.contains(&folder)
    }

    /// Whether messages left at this moment are asked for, by their time.
    #[must_use]
    pub fn takes_time(&self, origtime: i64) -> bool {
        self.since.is_none_or(|since| origtime >= since)
            && self.until.is_none_or(|until| origtime < until)
    }

    /// Whether messages are chosen by when they were left.
    #[must_use]
    pub fn by_time(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    /// Whether not every message of a selected box is meant.
    #[must_use]
    pub fn by_message(&self) -> bool {
        self.by_time() || !self.folders.is_empty()
    }

    /// The first box or context pattern that matches none of `known`: most likely a typing error.
    #[must_use]
    pub fn idle_pattern<'a>(&'a self, known: &[&VoicemailBox]) -> Option<&'a BoxPattern> {
        idle(self.boxes.iter().chain(&self.contexts), known)
    }

    /// As [`idle_pattern`](Self::idle_pattern) of those that leave boxes out: what was to be left alone
    /// would not be.
    #[must_use]
    pub fn idle_exclusion<'a>(&'a self, known: &[&VoicemailBox]) -> Option<&'a BoxPattern> {
        idle(self.exclude.iter(), known)
    }
}

fn idle<'a>(
    mut patterns: impl Iterator<Item = &'a BoxPattern>,
    known: &[&VoicemailBox],
) -> Option<&'a BoxPattern> {
    patterns.find(|pattern| !known.iter().any(|vmbox| pattern.matches(vmbox)))
}

/// As many are offered in place of a typing error; of more, none is likely to be the one.
const OFFERED: usize = 3;

/// `; did you mean 4123@default?` for a pattern that matches none of `known`, or nothing.
#[must_use]
pub fn did_you_mean(pattern: &BoxPattern, known: &[&VoicemailBox]) -> String {
    let (extension, context) = match pattern.text.split_once('@') {
        Some((extension, context)) => (extension, Some(context)),
        None => (pattern.text.as_str(), None),
    };
    // How far each name is from what was typed; a context that is named must be nearly right too.
    let mut near: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for vmbox in known {
        let by_context = context.map_or(0, |context| apart(context, &vmbox.context));
        let (distance, name) = if extension == "*" {
            (by_context, format!("*@{}", vmbox.context))
        } else if extension == vmbox.extension {
            // Its context is what is wrong, however far off.
            (by_context.min(1), vmbox.to_string())
        } else {
            let distance = apart(extension, &vmbox.extension) + by_context;
            (distance, vmbox.to_string())
        };
        if distance <= 1 + pattern.text.len() / 8 {
            near.entry(distance).or_default().insert(name);
        }
    }
    match near.into_values().next() {
        Some(names) if names.len() <= OFFERED => {
            let names: Vec<String> = names.into_iter().collect();
            format!("; did you mean {}?", names.join(" or "))
        }
        _ => String::new(),
    }
}

/// How many letters have to be changed, added, left out or swapped.
fn apart(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(boxes: &[&str], exclude: &[&str]) -> Selection {
        let patterns = |texts: &[&str]| texts.iter().map(|t| BoxPattern::new(t).unwrap()).collect();
        Selection {
            boxes: patterns(boxes),
            exclude: patterns(exclude),
            ..Selection::default()
        }
    }

    #[test]
    fn patterns_are_about_extension_and_context_alike() {
        let vmbox = VoicemailBox::new("4123", "default");
        for (pattern, taken) in [
            ("4123", true),
            ("41??", true),
            ("*@default", true),
            ("4123@def*", true),
            ("{4123,5001}@default", true),
            ("412", false),
            ("4123@sales", false),
            ("4123@", false),
        ] {
            assert_eq!(
                selection(&[pattern], &[]).takes_box(&vmbox),
                taken,
                "{pattern}"
            );
        }
    }

    #[test]
    fn exclusion_wins() {
        let vmbox = VoicemailBox::new("4123", "default");
        assert!(!selection(&["4123"], &["*@default"]).takes_box(&vmbox));
        assert!(selection(&[], &["*@sales"]).takes_box(&vmbox));
    }

    #[test]
    fn contexts_narrow_what_the_boxes_say() {
        let mut both = selection(&["4123"], &[]);
        both.contexts.push(BoxPattern::context("sal*").unwrap());
        assert!(both.takes_box(&VoicemailBox::new("4123", "sales")));
        assert!(!both.takes_box(&VoicemailBox::new("4123", "default")));
    }

    #[test]
    fn since_is_inside_and_until_is_outside() {
        let selection = Selection {
            since: Some(10),
            until: Some(20),
            ..Selection::default()
        };
        let taken: Vec<i64> = [9, 10, 19, 20]
            .into_iter()
            .filter(|t| selection.takes_message(VoicemailFolder::Old, *t))
            .collect();
        assert_eq!(taken, [10, 19]);
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_found() {
        let vmbox = VoicemailBox::new("4123", "default");
        let selection = selection(&["4123", "9*"], &["4*", "8*"]);
        let told = |pattern: Option<&BoxPattern>| pattern.map(ToString::to_string);
        let known = [&vmbox];
        assert_eq!(told(selection.idle_pattern(&known)), Some("9*".into()));
        assert_eq!(told(selection.idle_exclusion(&known)), Some("8*".into()));
    }

    #[test]
    fn a_typing_error_is_answered_with_what_was_meant() {
        let boxes = ["4123@default", "4124@default", "4123@sales", "5001@sales"].map(|name| {
            let (extension, context) = name.split_once('@').unwrap();
            VoicemailBox::new(extension, context)
        });
        let known: Vec<&VoicemailBox> = boxes.iter().collect();
        for (typed, meant) in [
            ("5010", "; did you mean 5001@sales?"),
            ("4124@sales", "; did you mean 4123@sales or 4124@default?"),
            ("5001@default", "; did you mean 5001@sales?"),
            ("4124@defualt", "; did you mean 4124@default?"),
            ("*@Slaes", "; did you mean *@sales?"),
            ("9999", ""),
            ("*@support", ""),
        ] {
            let pattern = BoxPattern::new(typed).unwrap();
            assert_eq!(did_you_mean(&pattern, &known), meant, "{typed}");
        }
    }

    #[test]
    fn a_broken_pattern_is_named() {
        let error = BoxPattern::new("[4123").unwrap_err().to_string();
        assert!(error.contains("[4123"), "{error}");
    }
}
