//! What is to become of limits: wishes, and the list that fulfils them.
//!
//! Pure. SETQUOTA replaces all limits of a root (RFC 9208 §4.1.1), so the list names those that stay
//! as well.

use crate::mailstore::types::Resource;

/// What is to become of one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// It stays.
    Keep,
    /// No limit any more.
    Lift,
    /// So many KiB or messages, above 0.
    To(u64),
}

/// What is to become of a root.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// `STORAGE`, KiB.
    pub storage: Wish,
    /// `MESSAGE`.
    pub messages: Wish,
    /// Which root, where an account has several.
    pub root: Option<String>,
}

/// Whether the limits are these and no others.
#[must_use]
pub fn same(told: &[Resource], limits: &[(String, u64)]) -> bool {
    let has = |name: &str, limit: u64| {
        let mut all = told.iter();
        all.any(|one| one.name.eq_ignore_ascii_case(name) && one.limit == limit)
    };
    told.len() == limits.len() && limits.iter().all(|(name, limit)| has(name, *limit))
}

/// The limits alone.
#[must_use]
pub fn limits(resources: &[Resource]) -> Vec<(String, u64)> {
    let all = resources.iter();
    all.map(|one| (one.name.clone(), one.limit)).collect()
}

/// `STORAGE 102400 KiB, MESSAGE 500`, or `none`.
#[must_use]
pub fn said(limits: &[(String, u64)]) -> String {
    let one = |(name, limit): &(String, u64)| {
        if name.eq_ignore_ascii_case("STORAGE") {
            format!("{name} {limit} KiB")
        } else {
            format!("{name} {limit}")
        }
    };
    match limits {
        [] => "none".to_owned(),
        some => some.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

/// The limits as they shall be, in the server's order, new ones behind.
#[must_use]
pub fn wanted(before: &[Resource], wishes: &Wishes) -> Vec<(String, u64)> {
    let mut after = limits(before);
    for (name, wish) in [("STORAGE", wishes.storage), ("MESSAGE", wishes.messages)] {
        let known = after
            .iter()
            .position(|(one, _)| one.eq_ignore_ascii_case(name));
        match (wish, known) {
            (Wish::Keep, _) | (Wish::Lift, None) => {}
            (Wish::Lift, Some(at)) => {
                after.remove(at);
            }
            (Wish::To(limit), Some(at)) => after[at].1 = limit,
            (Wish::To(limit), None) => after.push((name.to_owned(), limit)),
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str, used: u64, limit: u64) -> Resource {
        Resource {
            name: name.to_owned(),
            used,
            limit,
        }
    }

    fn after(before: &[Resource], storage: Wish, messages: Wish) -> String {
        let wishes = Wishes {
            storage,
            messages,
            root: None,
        };
        said(&wanted(before, &wishes))
    }

    #[test]
    fn what_was_not_asked_to_change_is_sent_along_as_it_is() {
        let before = [
            resource("storage", 38, 40),
            resource("MESSAGE", 3, 500),
            resource("X-NUM-FOLDERS", 2, 10),
        ];
        assert_eq!(
            after(&before, Wish::To(80), Wish::Keep),
            "storage 80 KiB, MESSAGE 500, X-NUM-FOLDERS 10"
        );
        assert_eq!(
            after(&before, Wish::Keep, Wish::Lift),
            "storage 40 KiB, X-NUM-FOLDERS 10"
        );
        assert_eq!(
            after(&[], Wish::To(5), Wish::To(6)),
            "STORAGE 5 KiB, MESSAGE 6"
        );
        assert_eq!(after(&[], Wish::Lift, Wish::Lift), "none");
    }

    #[test]
    fn limits_are_the_same_only_when_none_is_missing_or_more() {
        let told = [resource("STORAGE", 1, 40), resource("MESSAGE", 0, 5)];
        let limit = |name: &str, n| (name.to_owned(), n);
        assert!(same(&told, &[limit("message", 5), limit("STORAGE", 40)]));
        assert!(!same(&told, &[limit("STORAGE", 40)]));
        assert!(!same(&told[..1], &[limit("STORAGE", 41)]));
        assert!(same(&[], &[]));
    }
}
