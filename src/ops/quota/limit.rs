//! One limit of a quota root, and which of several Asterisk looks at.
//!
//! Asterisk asks GETQUOTAROOT of `imapfolder`; its mail library hands it each QUOTA line as a list,
//! of which it keeps the last entry, and of several lines the last. It refuses a caller when usage
//! has reached that limit; a limit of 0 means none to it. Source: `app_voicemail.c`,
//! `mm_parsequota` and `check_quota`; asterisk-findings 1.4 and 1.5, tried on a running Asterisk.

use std::fmt;

use serde::Serialize;

use crate::mailstore::types::QuotaRoot;
use crate::ops::octets::Octets;

/// One limited resource of one root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// The root's name, often empty; untrusted.
    pub root: String,
    /// `STORAGE` (KiB), `MESSAGE`, or another name as the server spells it; untrusted.
    pub resource: String,
    /// In use now.
    pub used: u64,
    /// The limit.
    pub limit: u64,
}

/// Tenths of a percent, rounded down, so that 100 % is not said before it is reached; of a limit of
/// 0 all is used.
#[must_use]
pub fn per_mille(used: u64, limit: u64) -> u64 {
    if limit == 0 {
        return 1000;
    }
    let share = u128::from(used) * 1000 / u128::from(limit);
    u64::try_from(share).unwrap_or(u64::MAX)
}

impl Limit {
    /// How much of it is used, in tenths of a percent; can exceed 1000.
    #[must_use]
    pub fn per_mille(&self) -> u64 {
        per_mille(self.used, self.limit)
    }

    /// Whether nothing more fits.
    #[must_use]
    pub fn reached(&self) -> bool {
        self.used >= self.limit
    }

    /// Whether it counts KiB.
    #[must_use]
    pub fn is_storage(&self) -> bool {
        self.resource.eq_ignore_ascii_case("STORAGE")
    }

    /// Whether it counts messages.
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.resource.eq_ignore_ascii_case("MESSAGE")
    }

    /// What is left, in the resource's unit.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

impl fmt::Display for Limit {
    /// `STORAGE 38 KiB of 40 KiB (root "User quota")`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            root,
            resource,
            used,
            limit,
        } = self;
        if self.is_storage() {
            let kib = |n: u64| Octets(n.saturating_mul(1024));
            write!(f, "{resource} {} of {}", kib(*used), kib(*limit))?;
        } else {
            write!(f, "{resource} {used} of {limit}")?;
        }
        write!(f, " (root {root:?})")
    }
}

/// Every limit of these roots, in the order the server told them.
#[must_use]
pub fn limits<'a>(roots: impl IntoIterator<Item = &'a QuotaRoot>) -> Vec<Limit> {
    let all = roots.into_iter().flat_map(|root| {
        root.resources.iter().map(|resource| Limit {
            root: root.name.clone(),
            resource: resource.name.clone(),
            used: resource.used,
            limit: resource.limit,
        })
    });
    all.collect()
}

/// The limit Asterisk compares, given the roots of `imapfolder` in the order the server told them;
/// `None` where it compares nothing.
#[must_use]
pub fn watched<'a>(roots: impl IntoIterator<Item = &'a QuotaRoot>) -> Option<Limit> {
    let last = limits(roots.into_iter().last()).pop();
    last.filter(|limit| limit.limit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailstore::types::Resource;

    fn root(name: &str, resources: &[(&str, u64, u64)]) -> QuotaRoot {
        QuotaRoot {
            name: name.to_owned(),
            resources: resources
                .iter()
                .map(|(name, used, limit)| Resource {
                    name: (*name).to_owned(),
                    used: *used,
                    limit: *limit,
                })
                .collect(),
        }
    }

    #[test]
    fn asterisk_looks_at_the_last_resource_of_the_last_root_only() {
        let of = |roots: &[QuotaRoot]| watched(roots).map(|limit| limit.resource);
        let both = root("a", &[("STORAGE", 1, 2), ("MESSAGE", 0, 500)]);
        assert_eq!(of(std::slice::from_ref(&both)).as_deref(), Some("MESSAGE"));
        let storage = root("b", &[("STORAGE", 1, 2)]);
        assert_eq!(
            of(&[both.clone(), storage.clone()]).as_deref(),
            Some("STORAGE")
        );
        assert_eq!(of(&[both, root("c", &[])]), None, "an empty list resets it");
        assert_eq!(
            of(&[root("d", &[("STORAGE", 7, 0)])]),
            None,
            "0 is no limit"
        );
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_share_is_of_the_limit_and_never_overflows() {
        assert_eq!(per_mille(38, 40), 950);
        assert_eq!(per_mille(0, 0), 1000);
        assert_eq!(per_mille(41, 40), 1025);
        assert_eq!(per_mille(u64::MAX, 1), u64::MAX);
        assert_eq!(per_mille(999_999, 1_000_000), 999);
    }

    #[test]
    fn a_limit_names_its_root_and_units() {
        let limits = limits(&[root("User quota", &[("storage", 38, 40), ("X-ODD", 1, 2)])]);
        let said: Vec<String> = limits.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "storage 38 KiB of 40 KiB (root \"User quota\")",
                "X-ODD 1 of 2 (root \"User quota\")"
            ]
        );
    }
}
