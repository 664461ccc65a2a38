//! Counting messages by the list the phone shows them in.

use std::collections::BTreeMap;

use crate::voicemail::list::List;

/// Messages and how long they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Messages.
    pub messages: u64,
    /// Those of them without `\Seen`; what `VM_INFO` counts in Work, Family and so on.
    pub unheard: u64,
    /// Seconds of those that say how long they are.
    pub seconds: u64,
    /// Messages that do not say so in a way that can be read.
    pub unknown: u64,
}

impl Count {
    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.unheard += other.unheard;
        self.seconds = self.seconds.saturating_add(other.seconds);
        self.unknown += other.unknown;
    }
}

/// Where a message is to its owner's phone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In this list.
    Shown(List),
    /// In no list: it lies in this folder, which the phone never opens.
    Stranded(String),
    /// In no list: it has `\Deleted`.
    Deleted,
}

/// Messages by place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    places: BTreeMap<Place, Count>,
}

impl Tally {
    /// Counts messages in a place.
    pub fn add(&mut self, place: Place, count: Count) {
        self.places.entry(place).or_default().add(count);
    }

    /// Adds another tally.
    pub fn add_all(&mut self, other: &Self) {
        for (place, count) in &other.places {
            self.add(place.clone(), *count);
        }
    }

    /// What is in a list.
    #[must_use]
    pub fn list(&self, list: List) -> Count {
        let found = self.places.get(&Place::Shown(list));
        found.copied().unwrap_or_default()
    }

    /// The lists that hold anything, in their order.
    pub fn lists(&self) -> impl Iterator<Item = (List, Count)> + '_ {
        self.places.iter().filter_map(|(place, count)| match place {
            Place::Shown(list) => Some((*list, *count)),
            _ => None,
        })
    }

    /// The folders with stranded messages.
    pub fn stranded(&self) -> impl Iterator<Item = (&str, Count)> {
        self.places.iter().filter_map(|(place, count)| match place {
            Place::Stranded(folder) => Some((folder.as_str(), *count)),
            _ => None,
        })
    }

    /// What has `\Deleted`.
    #[must_use]
    pub fn deleted(&self) -> Count {
        let found = self.places.get(&Place::Deleted);
        found.copied().unwrap_or_default()
    }

    /// What the phone shows, in all lists together.
    #[must_use]
    pub fn shown(&self) -> Count {
        let mut sum = Count::default();
        self.lists().for_each(|(_, count)| sum.add(count));
        sum
    }

    /// What the phone does not show.
    #[must_use]
    pub fn not_shown(&self) -> Count {
        let mut sum = self.deleted();
        self.stranded().for_each(|(_, count)| sum.add(count));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shown_is_counted_apart() {
        let one = Count {
            messages: 1,
            unheard: 1,
            seconds: 7,
            unknown: 0,
        };
        let mut tally = Tally::default();
        tally.add(Place::Shown(List::New), one);
        tally.add(Place::Shown(List::New), one);
        tally.add(Place::Deleted, one);
        tally.add(Place::Stranded("Old".to_owned()), one);
        let mut twice = tally.clone();
        twice.add_all(&tally);
        assert_eq!((tally.shown().messages, tally.shown().seconds), (2, 14));
        assert_eq!(twice.list(List::New).messages, 4);
        assert_eq!(twice.not_shown().messages, 4);
        let stranded: Vec<(&str, u64)> = twice
            .stranded()
            .map(|(folder, count)| (folder, count.messages))
            .collect();
        assert_eq!(stranded, [("Old", 2)]);
        assert_eq!(twice.list(List::Old), Count::default());
    }
}
