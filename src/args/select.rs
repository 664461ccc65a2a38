//! Flags that choose voicemail boxes and messages.

use std::path::PathBuf;

use clap::Args;
use jiff::{Timestamp, civil};

use super::listed;
use crate::ops::select::{BoxPattern, Selection};
use crate::ops::shard::Shard;
use crate::voicemail::folder::VoicemailFolder;

/// Flags that choose voicemail boxes and messages.
#[derive(Debug, Clone, Default, Args)]
pub struct SelectArgs {
    /// Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)
    #[arg(long, value_name = "EXT@CONTEXT", help_heading = "Selection")]
    pub mailbox: Vec<String>,

    /// Only boxes of this context, with shell wildcards (can be repeated)
    #[arg(long, value_name = "CONTEXT", help_heading = "Selection")]
    pub context: Vec<String>,

    /// Leave these boxes out (can be repeated)
    #[arg(long, value_name = "EXT@CONTEXT", help_heading = "Selection")]
    pub exclude: Vec<String>,

    /// Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted
    /// (can be repeated)
    #[arg(long, value_name = "FOLDER", help_heading = "Selection", value_parser = folder)]
    pub folder: Vec<VoicemailFolder>,

    /// Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago
    #[arg(long, value_name = "WHEN", help_heading = "Selection", value_parser = moment)]
    pub since: Option<Timestamp>,

    /// Only messages left before this
    #[arg(long, value_name = "WHEN", help_heading = "Selection", value_parser = moment)]
    pub until: Option<Timestamp>,

    /// Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin
    #[arg(long, value_name = "FILE", help_heading = "Selection")]
    pub from_file: Option<PathBuf>,

    /// Only part I of N of what the other flags select, to share it out over machines or jobs: 1/4. The
    /// account (imapuser) alone decides, so that no account is ever in two parts
    #[arg(long, value_name = "I/N", help_heading = "Selection")]
    pub shard: Option<Shard>,
}

pub(super) fn folder(text: &str) -> Result<VoicemailFolder, String> {
    VoicemailFolder::ALL
        .into_iter()
        .find(|folder| folder.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| {
            let names: Vec<&str> = VoicemailFolder::ALL.iter().map(|f| f.as_str()).collect();
            format!("no such folder; one of {}", names.join(", "))
        })
}

/// A date (midnight in the system's zone), a moment with its offset, or an age.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Some((number, unit)) = text.split_at_checked(text.len().saturating_sub(1))
        && let Ok(number) = number.parse::<i64>()
    {
        let seconds = match unit {
            "d" => number.checked_mul(86_400),
            "h" => number.checked_mul(3_600),
            _ => None,
        };
        return seconds
            .and_then(|age| Timestamp::now().as_second().checked_sub(age))
            .and_then(|second| Timestamp::from_second(second).ok())
            .ok_or_else(|| "an age is a number of days or hours: 90d, 12h".to_owned());
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let wrong = |_| "neither a date (2026-11-23), a moment (2026-11-23T09:00:00Z) nor an age (90d)";
    let date = text.parse::<civil::Date>().map_err(wrong)?;
    let midnight = date
        .in_tz("local")
        .or_else(|_| date.in_tz("UTC"))
        .map_err(wrong)?;
    Ok(midnight.timestamp())
}

fn patterns(texts: &[String]) -> anyhow::Result<Vec<BoxPattern>> {
    texts
        .iter()
        .map(|text| Ok(BoxPattern::new(text)?))
        .collect()
}

impl SelectArgs {
    /// What was chosen, but for `--shard`, which takes voicemail.conf to understand. Reads
    /// `--from-file`.
    pub fn selection(&self, positional: &[String]) -> anyhow::Result<Selection> {
        let mut boxes = patterns(positional)?;
        boxes.extend(patterns(&self.mailbox)?);
        if let Some(file) = &self.from_file {
            boxes.extend(patterns(&listed::names(file, "voicemail box")?)?);
        }
        let contexts: Result<Vec<_>, _> = self
            .context
            .iter()
            .map(|text| BoxPattern::context(text))
            .collect();
        Ok(Selection {
            boxes,
            contexts: contexts?,
            exclude: patterns(&self.exclude)?,
            part: None,
            folders: self.folder.clone(),
            since: self.since.map(Timestamp::as_second),
            until: self.until.map(Timestamp::as_second),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_instants_or_ages() {
        assert_eq!(
            moment("2026-11-23T09:00:00Z").unwrap().as_second(),
            1_795_424_400
        );
        let day = Timestamp::now().as_second() - moment("1d").unwrap().as_second();
        assert!((86_400..86_402).contains(&day), "{day}");
        assert!(moment("2026-11-23").is_ok());
        for wrong in [
            "",
            "d",
            "yesterday",
            "2026-13-01",
            "9223372036854775807d",
            "é",
        ] {
            assert!(moment(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn folders_are_found_in_any_case() {
        assert_eq!(folder("inbox"), Ok(VoicemailFolder::Inbox));
        assert!(folder("Inbocks").unwrap_err().contains("INBOX, Old"));
    }
}
