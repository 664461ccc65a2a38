//! A message that was migrated and has changed its list in the spool since: heard, saved to a folder,
//! made new again. Whether its copy in IMAP is put where it belongs now.
//!
//! Pure. The spool has the say only over what vmimap has put there and nobody has touched: the list
//! it lies in now has to be the one the journal says it was put into (docs/decisions/0008).

use std::collections::BTreeMap;

use super::{Action, BoxPlan, Held, HoldBack, List, Memory, PlanItem, Rules, Skip, will_be_listed};
use crate::mailstore::name::MailboxName;
use crate::voicemail::folder::Placement;
use crate::voicemail::source_key::SourceKey;

/// What to do about a message that is there, if it does not lie where the spool has it; nothing
/// where it does, or where there are several.
pub(super) fn decide(
    key: &SourceKey,
    (placement, target): (Placement, &MailboxName),
    copies: &[Held],
    impossible: Option<&HoldBack>,
    memory: &dyn Memory,
    rules: Rules,
) -> Option<Action> {
    let [held] = copies else {
        return None;
    };
    let placed = memory.placed(key);
    // Moved by a run that was cut before it had set the flags.
    let half_done = placed.len() > 1 && held.flags.seen != placement.seen;
    if !rules.update || held.list == Some(List::of(placement)) && !half_done {
        return None;
    }
    let ours = held.list.is_some_and(|now| placed.contains(&now));
    if !ours {
        return Some(Action::Skip(Skip::ChangedThere(held.clone())));
    }
    if held.folder == *target {
        return Some(Action::Update(held.clone()));
    }
    Some(match impossible {
        Some(why) => Action::HoldBack(why.clone()),
        None if !rules.can_move => Action::HoldBack(HoldBack::CannotMove {
            to: target.to_string(),
        }),
        None => Action::Update(held.clone()),
    })
}

/// Counts what is moved where it will be, and holds back what would not fit there.
pub(super) fn count(items: &mut [PlanItem], counts: &mut BTreeMap<List, u32>, rules: Rules) {
    for item in items {
        let Action::Update(held) = &item.action else {
            continue;
        };
        let list = List::of(item.placement);
        let named = matches!(list, List::Named(_));
        let grows = named || matches!(held.list, Some(List::Named(_)));
        if grows && will_be_listed(counts, list) >= rules.maxmsg && !rules.over_maxmsg {
            item.action = Action::HoldBack(HoldBack::OverMaxmsg {
                list,
                maxmsg: rules.maxmsg,
            });
        } else {
            shift(counts, held.list, list);
        }
    }
}

/// One message less in one list, one more in another.
pub fn shift(counts: &mut BTreeMap<List, u32>, from: Option<List>, to: List) {
    if let Some(count) = from.and_then(|from| counts.get_mut(&from)) {
        *count = count.saturating_sub(1);
    }
    *counts.entry(to).or_default() += 1;
}

impl BoxPlan {
    /// The items whose copies on the server are to follow, and those copies.
    pub fn updates(&self) -> impl Iterator<Item = (&PlanItem, &Held)> {
        self.items.iter().filter_map(|item| match &item.action {
            Action::Update(held) => Some((item, held)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailstore::types::{Flags, Uid, UidValidity};
    use crate::voicemail::folder::VoicemailFolder::{self, Inbox, Old, Urgent, Work};
    use std::num::NonZeroU32;

    struct Placed(Vec<List>);

    impl Memory for Placed {
        fn rollback_begun(&self, _: &SourceKey) -> Option<&str> {
            None
        }

        fn verified(&self, _: &SourceKey) -> bool {
            true
        }
        fn verified_in(&self, _: &SourceKey, _: &MailboxName, _: UidValidity) -> bool {
            true
        }
        fn placed(&self, _: &SourceKey) -> &[List] {
            &self.0
        }
    }

    const RULES: Rules = Rules {
        maxmsg: 100,
        over_maxmsg: false,
        again: false,
        update: true,
        can_move: true,
        now: 0,
    };

    fn name(folder: VoicemailFolder) -> MailboxName {
        let name = if folder == Work { "Work" } else { "INBOX" };
        MailboxName::from_wire(name).unwrap()
    }

    /// A copy where a message of this spool folder is put.
    fn held(folder: VoicemailFolder) -> Held {
        let placement = folder.placement();
        Held {
            folder: name(folder),
            uid_validity: UidValidity(NonZeroU32::MIN),
            uid: Uid(NonZeroU32::MIN),
            flags: Flags {
                seen: placement.seen,
                flagged: placement.flagged,
                ..Flags::default()
            },
            list: Some(List::of(placement)),
        }
    }

    fn decided(
        spool: VoicemailFolder,
        copies: &[Held],
        placed: &[VoicemailFolder],
        rules: Rules,
    ) -> Option<Action> {
        let key = SourceKey::from_message_id(&format!("<vmimap-{:040}@vmimap.invalid>", 1));
        let placed = placed.iter().map(|folder| List::of(folder.placement()));
        let place = (spool.placement(), &name(spool));
        decide(
            &key.unwrap(),
            place,
            copies,
            None,
            &Placed(placed.collect()),
            rules,
        )
    }

    #[test]
    fn a_copy_nobody_has_touched_follows_its_message() {
        for (was, is) in [
            (Inbox, Old),
            (Urgent, Old),
            (Old, Inbox),
            (Inbox, Work),
            (Work, Old),
        ] {
            let action = decided(is, &[held(was)], &[was], RULES);
            assert_eq!(action, Some(Action::Update(held(was))), "{was} {is}");
        }
    }

    #[test]
    fn a_copy_that_lies_right_stays_whoever_put_it_there() {
        for placed in [vec![Old], vec![Inbox], vec![]] {
            assert_eq!(decided(Old, &[held(Old)], &placed, RULES), None);
        }
    }

    #[test]
    fn who_has_touched_a_copy_has_the_last_word() {
        let touched = Some(Action::Skip(Skip::ChangedThere(held(Urgent))));
        assert_eq!(decided(Old, &[held(Urgent)], &[Inbox], RULES), touched);
        // As does nobody we know.
        assert_eq!(decided(Old, &[held(Urgent)], &[], RULES), touched);
        let mut marked = held(Inbox);
        marked.list = None;
        let action = decided(Old, &[marked.clone()], &[Inbox], RULES);
        assert_eq!(action, Some(Action::Skip(Skip::ChangedThere(marked))));
    }

    #[test]
    fn a_run_that_was_cut_is_finished() {
        // Between the journal and the server, and between MOVE and the flags.
        let update = |held| Some(Action::Update(held));
        assert_eq!(
            decided(Old, &[held(Inbox)], &[Inbox, Old], RULES),
            update(held(Inbox))
        );
        let mut moved = held(Work);
        moved.flags.seen = false;
        let cut = decided(Work, &[moved.clone()], &[Inbox, Work], RULES);
        assert_eq!(cut, update(moved.clone()));
        // Where nothing was cut its owner has marked it as unread.
        assert_eq!(decided(Work, &[moved], &[Work], RULES), None);
    }

    #[test]
    fn without_update_or_with_several_copies_nothing_follows() {
        let rules = Rules {
            update: false,
            ..RULES
        };
        assert_eq!(decided(Old, &[held(Inbox)], &[Inbox], rules), None);
        let two = [held(Inbox), held(Work)];
        assert_eq!(decided(Old, &two, &[Inbox], RULES), None);
        assert_eq!(decided(Old, &[], &[Inbox], RULES), None);
    }

    #[test]
    fn a_server_that_cannot_move_is_told_of_and_flags_follow_all_the_same() {
        let rules = Rules {
            can_move: false,
            ..RULES
        };
        let action = decided(Work, &[held(Inbox)], &[Inbox], rules);
        let why = HoldBack::CannotMove { to: "Work".into() };
        assert_eq!(action, Some(Action::HoldBack(why)));
        let action = decided(Old, &[held(Inbox)], &[Inbox], rules);
        assert_eq!(action, Some(Action::Update(held(Inbox))));
    }
}
