//! Rules for `expire`: flags that make one, and tables of vmimap.toml that make several.

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;

use crate::args::messages::{Span, StateArg, size};
use crate::ops::expire::rules::Rule;
use crate::ops::select::BoxPattern;
use crate::voicemail::folder::VoicemailFolder;

/// Flags that make one rule, in place of those of vmimap.toml.
#[derive(Debug, Clone, Default, Args)]
pub struct RuleArgs {
    /// Messages left longer ago than this go: 90d, 12h
    #[arg(long, value_name = "AGE", help_heading = "Rule")]
    pub older_than: Option<Span>,

    /// Messages beyond the newest N of a mailbox go
    #[arg(long, value_name = "N", help_heading = "Rule")]
    pub keep_newest: Option<u64>,

    /// The oldest go until a mailbox holds no more than this: 20M
    #[arg(long, value_name = "SIZE", help_heading = "Rule", value_parser = size)]
    pub max_size: Option<u64>,

    /// Only messages in this state (can be repeated)
    #[arg(long, value_name = "STATE", help_heading = "Rule", value_enum)]
    pub state: Vec<StateArg>,

    /// Let messages go that nobody has heard; without this they stay
    #[arg(long, help_heading = "Rule")]
    pub unheard_too: bool,
}

impl RuleArgs {
    /// Whether there is a limit, so that the flags make a rule.
    #[must_use]
    pub fn has_limit(&self) -> bool {
        self.older_than.is_some() || self.keep_newest.is_some() || self.max_size.is_some()
    }

    /// The rule; `folders` are those of the selection.
    pub fn rule(&self, folders: &[VoicemailFolder]) -> anyhow::Result<Rule> {
        let rule = Rule {
            name: "command line".to_owned(),
            boxes: Vec::new(),
            contexts: Vec::new(),
            folders: folders.to_vec(),
            states: self.state.iter().map(|state| (*state).into()).collect(),
            older_than: self.older_than.map(|span| span.0),
            keep_newest: self.keep_newest,
            max_size: self.max_size,
            keep_unheard: !self.unheard_too,
        };
        rule.check().map_err(anyhow::Error::msg)?;
        Ok(rule)
    }
}

/// One word or a list of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Several(Vec<String>),
}

impl Default for Words {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Words {
    fn each<T>(&self, read: impl Fn(&str) -> anyhow::Result<T>) -> anyhow::Result<Vec<T>> {
        let words = match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::Several(words) if words.is_empty() => return Ok(Vec::new()),
            Self::Several(words) => words,
        };
        words.iter().map(|word| read(word)).collect()
    }
}

/// A `[[expire]]` table of vmimap.toml.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTable {
    name: Option<String>,
    mailbox: Option<Words>,
    context: Option<Words>,
    folder: Option<Words>,
    state: Option<Words>,
    older_than: Option<String>,
    keep_newest: Option<u64>,
    max_size: Option<String>,
    keep_unheard: Option<bool>,
}

impl RuleTable {
    /// The rule; `number` is its place in the file, from 1.
    pub fn rule(&self, number: usize) -> anyhow::Result<Rule> {
        let name = self
            .name
            .clone()
            .unwrap_or_else(|| format!("rule {number}"));
        self.read(name.clone())
            .with_context(|| format!("[[expire]] {name}"))
    }

    fn read(&self, name: String) -> anyhow::Result<Rule> {
        // An empty list must not come to mean "everything".
        for (key, words) in [
            ("mailbox", &self.mailbox),
            ("context", &self.context),
            ("folder", &self.folder),
            ("state", &self.state),
        ] {
            if matches!(words, Some(Words::Several(words)) if words.is_empty()) {
                bail!("{key} is an empty list; leave it out to mean all");
            }
        }
        let words = |words: &Option<Words>| words.clone().unwrap_or_default();
        let span = |text: &String| text.parse::<Span>().map_err(anyhow::Error::msg);
        let octets = |text: &String| size(text).map_err(anyhow::Error::msg);
        let rule = Rule {
            name,
            boxes: words(&self.mailbox).each(|text| Ok(BoxPattern::new(text)?))?,
            contexts: words(&self.context).each(|text| Ok(BoxPattern::context(text)?))?,
            folders: words(&self.folder).each(folder)?,
            states: words(&self.state)
                .each(state)?
                .into_iter()
                .map(Into::into)
                .collect(),
            older_than: self
                .older_than
                .as_ref()
                .map(span)
                .transpose()
                .context("older_than")?
                .map(|span| span.0),
            keep_newest: self.keep_newest,
            max_size: self
                .max_size
                .as_ref()
                .map(octets)
                .transpose()
                .context("max_size")?,
            keep_unheard: self.keep_unheard.unwrap_or(true),
        };
        rule.check().map_err(anyhow::Error::msg)?;
        Ok(rule)
    }
}

fn folder(text: &str) -> anyhow::Result<VoicemailFolder> {
    super::select::folder(text).map_err(|why| anyhow::anyhow!("folder {text:?}: {why}"))
}

fn state(text: &str) -> anyhow::Result<StateArg> {
    clap::ValueEnum::from_str(text, true)
        .map_err(|_| anyhow::anyhow!("state {text:?}: is none of new, urgent, old"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> anyhow::Result<Rule> {
        toml::from_str::<RuleTable>(text)?.rule(3)
    }

    #[test]
    fn a_table_becomes_a_rule() {
        let text = "mailbox = \"41*\"\ncontext = [\"a\", \"b\"]\nfolder = [\"Work\", \"old\"]\n\
                    state = \"old\"\nolder_than = \"90d\"\nkeep_newest = 5\nmax_size = \"2M\"";
        let rule = rule(text).unwrap();
        assert_eq!((rule.name.as_str(), rule.keep_unheard), ("rule 3", true));
        assert_eq!((rule.boxes.len(), rule.contexts.len()), (1, 2));
        assert_eq!(rule.folders, [VoicemailFolder::Work, VoicemailFolder::Old]);
        assert_eq!(rule.older_than, Some(90 * 86_400));
        assert_eq!((rule.keep_newest, rule.max_size), (Some(5), Some(2 << 20)));
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_rule() {
        for (text, says) in [
            ("older_then = \"90d\"", "unknown field"),
            ("older_than = \"90x\"", "[[expire]] rule 3: older_than"),
            ("name = \"x\"", "[[expire]] x"),
            ("older_than = \"1d\"\nmailbox = []", "empty list"),
            ("older_than = \"1d\"\nfolder = \"Wrok\"", "Wrok"),
            ("older_than = \"1d\"\nstate = \"read\"", "none of new"),
            ("older_than = \"1d\"\nmailbox = \"[4\"", "[4"),
            (
                "older_than = \"1d\"\nstate = \"new\"",
                "keep_unheard = false",
            ),
        ] {
            let error = format!("{:#}", rule(text).unwrap_err());
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
