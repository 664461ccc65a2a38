//! Whether a plan fits into the account's quota, before anything is sent.

use crate::ops::octets::Octets;
use crate::ops::words::plural;
use std::fmt;

use serde::Serialize;

use super::BoxPlan;
use crate::mailstore::types::QuotaRoot;

/// A quota root without enough room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Misfit {
    /// The root's name, often empty.
    pub root: String,
    /// `octets` or `messages`.
    pub unit: &'static str,
    /// What the plan needs.
    pub needs: u64,
    /// What is free.
    pub has: u64,
}

impl BoxPlan {
    /// Compares what the plan needs with what the roots of one folder have left, and notes what
    /// does not fit. `reserved` is what earlier plans of a dry run would have used up already.
    ///
    /// STORAGE counts KiB (RFC 9208 §5.1); a limit already exceeded leaves nothing.
    pub fn fit(&mut self, roots: &[QuotaRoot], reserved: (u64, u64)) {
        let octets = self.octets();
        let messages = self.appends().count() as u64;
        if messages == 0 {
            return;
        }
        for root in roots {
            let storage = root.storage().map(|usage| {
                (
                    usage.limit.saturating_sub(usage.used).saturating_mul(1024),
                    octets,
                    reserved.0,
                    "octets",
                )
            });
            let count = root.message().map(|usage| {
                (
                    usage.limit.saturating_sub(usage.used),
                    messages,
                    reserved.1,
                    "messages",
                )
            });
            for (free, needs, reserved, unit) in storage.into_iter().chain(count) {
                let has = free.saturating_sub(reserved);
                let misfit = Misfit {
                    root: root.name.clone(),
                    unit,
                    needs,
                    has,
                };
                if needs > has && !self.misfits.contains(&misfit) {
                    self.misfits.push(misfit);
                }
            }
        }
    }
}

impl fmt::Display for Misfit {
    /// `needs 38 MiB, has 12 MiB`, with the root's name where it has one. To the octet where both would
    /// read the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (needs, has) = (self.needs, self.has);
        if self.unit == "octets" {
            let short = (Octets(needs).to_string(), Octets(has).to_string());
            if short.0 == short.1 {
                write!(f, "needs {needs} octets, has {has}")?;
            } else {
                write!(f, "needs {}, has {}", short.0, short.1)?;
            }
        } else {
            let needs = plural(needs, "message", "messages");
            write!(f, "needs {needs}, has room for {has}")?;
        }
        if self.root.is_empty() {
            Ok(())
        } else {
            write!(f, " (quota root {:?})", self.root)
        }
    }
}
