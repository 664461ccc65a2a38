//! In which order boxes are shown, and how many.

use super::report::{AccountReport, BoxFacts, BoxReport, Report, RootReport};

/// What boxes are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Key {
    /// The fullest first.
    #[default]
    Percent,
    /// The greatest use of the root first.
    Used,
    /// The least room for speech first.
    Room,
    /// The most messages that Asterisk counts first.
    Messages,
    /// The most voicemail first, by size.
    Voicemail,
    /// By context and number.
    Name,
}

/// The boxes in that order, at most `top` of those that could be asked; boxes that could not are
/// never left out, and stand behind them. Equals stay in the order of voicemail.conf.
#[must_use]
pub fn ordered(report: &Report, key: Key, top: Option<usize>) -> Vec<(&AccountReport, &BoxReport)> {
    let (mut asked, failed): (Vec<_>, Vec<_>) =
        report.boxes().partition(|(_, one)| one.facts.is_ok());
    match key {
        Key::Name => asked.sort_by(|(_, one), (_, two)| one.vmbox.cmp(&two.vmbox)),
        key => asked.sort_by_cached_key(|(account, one)| {
            let facts = one.facts.as_ref().ok();
            std::cmp::Reverse(facts.map(|facts| weight(key, account, facts)))
        }),
    }
    asked.truncate(top.unwrap_or(usize::MAX));
    asked.extend(failed);
    asked
}

/// The greater, the nearer to the top.
fn weight(key: Key, account: &AccountReport, facts: &BoxFacts) -> u64 {
    match key {
        Key::Percent | Key::Name => facts.per_mille.unwrap_or(0),
        Key::Used => {
            let roots = facts.roots.iter().filter_map(|at| account.roots.get(*at));
            roots.filter_map(RootReport::used).max().unwrap_or(0)
        }
        Key::Room => {
            let first = facts.room.speech.first().and_then(|one| one.seconds);
            u64::MAX - first.unwrap_or(u64::MAX)
        }
        Key::Messages => facts.lists.total(),
        Key::Voicemail => facts.own_total().map_or(0, |own| own.octets),
    }
}
