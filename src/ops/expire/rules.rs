//! Rules and holds as they were written; no judgement yet.

use crate::ops::expunge::message::State;
use crate::ops::select::BoxPattern;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::vmbox::VoicemailBox;

/// One rule. What it is about comes first, its limits after that; a message that is beyond any one
/// of the limits goes.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What it is called in explanations.
    pub name: String,
    /// Boxes: any of these; empty for all.
    pub boxes: Vec<BoxPattern>,
    /// Contexts: any of these, on top of `boxes`; empty for all.
    pub contexts: Vec<BoxPattern>,
    /// Folders as the phone names them: any of these; empty for all.
    pub folders: Vec<VoicemailFolder>,
    /// States: any of these; empty for all.
    pub states: Vec<State>,
    /// Messages left longer ago go, seconds.
    pub older_than: Option<u64>,
    /// Messages beyond the newest so many of a box go.
    pub keep_newest: Option<u64>,
    /// The oldest go until a box has no more octets than this.
    pub max_size: Option<u64>,
    /// Whether messages nobody has heard stay whatever the limits say; they count all the same.
    pub keep_unheard: bool,
}

impl Rule {
    /// Whether the rule is about this box.
    #[must_use]
    pub fn takes_box(&self, vmbox: &VoicemailBox) -> bool {
        let any = |patterns: &[BoxPattern]| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(vmbox))
        };
        any(&self.boxes) && any(&self.contexts)
    }

    /// Whether a message in one of these states can be in one of the rule's folders and states.
    fn may_be_about(&self, states: &[State]) -> bool {
        let meant = |state: &State| self.states.is_empty() || self.states.contains(state);
        // What was heard is in Old; but an IMAP folder of that name holds what somebody put there.
        let lies_in = |folder: &VoicemailFolder, state: State| match folder {
            VoicemailFolder::Inbox => state == State::New,
            VoicemailFolder::Urgent => state == State::Urgent,
            _ => true,
        };
        states.iter().filter(|state| meant(state)).any(|state| {
            let mut folders = self.folders.iter();
            self.folders.is_empty() || folders.any(|folder| lies_in(folder, *state))
        })
    }

    /// Refuses a rule that cannot be meant.
    ///
    /// # Errors
    /// A sentence that names the rule.
    pub fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if self.older_than.is_none() && self.keep_newest.is_none() && self.max_size.is_none() {
            return Err(format!(
                "{name}: has no limit (older_than, keep_newest or max_size)"
            ));
        }
        if !self.may_be_about(&[State::New, State::Urgent, State::Old]) {
            return Err(format!(
                "{name}: is about no message: INBOX holds what is new and Urgent what is urgent, so \
                 nothing in its folders is in one of its states"
            ));
        }
        if self.keep_unheard && !self.may_be_about(&[State::Old]) {
            return Err(format!(
                "{name}: is only about messages nobody has heard (those that were heard are in \
                 Old), and keeps those; keep_unheard = false lets them go"
            ));
        }
        Ok(())
    }
}

/// All rules and holds.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The rules; the first one that a message is beyond decides.
    pub rules: Vec<Rule>,
    /// Boxes of which nothing ever goes.
    pub holds: Vec<BoxPattern>,
    /// What counts as now, Unix seconds UTC.
    pub now: i64,
}

impl Policy {
    /// The hold that keeps a box, if one does.
    #[must_use]
    pub fn hold<'a>(&'a self, owners: &[&VoicemailBox]) -> Option<&'a BoxPattern> {
        let holds = |pattern: &&BoxPattern| owners.iter().any(|owner| pattern.matches(owner));
        self.holds.iter().find(holds)
    }

    /// The first pattern of a hold or a rule that matches no box of `known`, or rule that is about
    /// none, and where it stands: most likely a typing error.
    #[must_use]
    pub fn idle_pattern(&self, known: &[&VoicemailBox]) -> Option<String> {
        let idle = |pattern: &&BoxPattern| !known.iter().any(|one| pattern.matches(one));
        if let Some(pattern) = self.holds.iter().find(idle) {
            return Some(format!(
                "hold: no mailbox of voicemail.conf matches {pattern}"
            ));
        }
        self.rules.iter().find_map(|rule| {
            let name = &rule.name;
            let mut patterns = rule.boxes.iter().chain(&rule.contexts);
            if let Some(pattern) = patterns.find(idle) {
                return Some(format!(
                    "{name}: no mailbox of voicemail.conf matches {pattern}"
                ));
            }
            let nobodys = !known.iter().any(|one| rule.takes_box(one));
            nobodys.then(|| format!("{name}: its mailboxes and its contexts have none in common"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> Rule {
        Rule {
            name: "rule 1".to_owned(),
            boxes: Vec::new(),
            contexts: Vec::new(),
            folders: Vec::new(),
            states: Vec::new(),
            older_than: Some(1),
            keep_newest: None,
            max_size: None,
            keep_unheard: true,
        }
    }

    #[test]
    fn a_rule_has_a_limit_and_does_not_contradict_itself() {
        use VoicemailFolder::{Inbox, Old, Urgent, Work};
        assert!(rule().check().is_ok());
        let endless = Rule {
            older_than: None,
            ..rule()
        };
        assert!(
            endless
                .check()
                .unwrap_err()
                .contains("rule 1: has no limit")
        );
        let idle = Rule {
            states: vec![State::New, State::Urgent],
            ..rule()
        };
        assert!(idle.check().unwrap_err().contains("keep_unheard = false"));
        let check = |folders: &[VoicemailFolder], states: &[State], keep_unheard| {
            let rule = Rule {
                folders: folders.to_vec(),
                states: states.to_vec(),
                keep_unheard,
                ..rule()
            };
            rule.check().err().unwrap_or_default()
        };
        for (folders, states) in [
            (&[Inbox, Urgent][..], &[][..]),
            (&[Inbox], &[State::New]),
            (&[Work], &[State::New]),
        ] {
            assert!(check(folders, states, true).contains("keep_unheard = false"));
            assert_eq!(check(folders, states, false), "");
        }
        for (folders, states) in [(&[Urgent][..], State::New), (&[Inbox], State::Old)] {
            assert!(check(folders, &[states], false).contains("about no message"));
        }
        assert_eq!(check(&[Old], &[State::New], false), "", "a stray folder");
        for folders in [&[Inbox, Old][..], &[Inbox, Work], &[Old]] {
            assert_eq!(check(folders, &[], true), "");
        }
    }

    #[test]
    fn a_hold_or_rule_that_matches_nobody_is_told() {
        let vmbox = VoicemailBox::new("1004", "default");
        let pattern = |text: &str| BoxPattern::new(text).unwrap();
        let policy = |hold: &str, boxes: &str| Policy {
            holds: vec![pattern(hold)],
            rules: vec![Rule {
                boxes: vec![pattern(boxes)],
                ..rule()
            }],
            now: 0,
        };
        let told = |hold, boxes| policy(hold, boxes).idle_pattern(&[&vmbox]);
        assert_eq!(told("1004@default", "10*"), None);
        assert!(told("1004@defualt", "10*").unwrap().starts_with("hold: "));
        assert!(told("1004", "11*").unwrap().starts_with("rule 1: "));
        let mut apart = policy("1004", "1004@default");
        apart.rules[0].contexts = vec![BoxPattern::context("sales").unwrap()];
        let known = [&vmbox, &VoicemailBox::new("1004", "sales")];
        let told = apart.idle_pattern(&known).unwrap();
        assert!(told.contains("none in common"), "{told}");
    }
}
