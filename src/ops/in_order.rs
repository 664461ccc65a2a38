//! What several workers finish in any order, passed on in one order.
//!
//! Results wait here for those before them. A worker that is far ahead waits as well before it
//! begins anything new, so that what waits stays small however slow one account is.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::ops::stop::Stop;

/// Groups of results that may be under way or waiting besides the one whose turn it is.
const WINDOW: usize = 64;

/// How often a worker that waits for its turn looks whether to stop.
const GLANCE: Duration = Duration::from_millis(100);

/// Passes results on in the order of their places.
pub struct InOrder<'a, T> {
    /// The group each place belongs to; groups are begun in the order of their first places, and
    /// the results of one are all put at once.
    groups: Vec<usize>,
    state: Mutex<State<'a, T>>,
    moved: Condvar,
}

struct State<'a, T> {
    next: usize,
    passed: u64,
    waiting: BTreeMap<usize, T>,
    sink: &'a mut (dyn FnMut(T) + Send),
}

impl<'a, T: Send> InOrder<'a, T> {
    /// For as many places as `groups` has entries, which tell the group of each place.
    pub fn new(groups: Vec<usize>, sink: &'a mut (dyn FnMut(T) + Send)) -> Self {
        Self {
            groups,
            state: Mutex::new(State {
                next: 0,
                passed: 0,
                waiting: BTreeMap::new(),
                sink,
            }),
            moved: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<'a, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until this group is near enough to the one whose turn it is. Tells whether to begin:
    /// not where `stop` was asked for meanwhile.
    #[must_use]
    pub fn may_begin(&self, group: usize, stop: &Stop) -> bool {
        let mut state = self.state();
        loop {
            if stop.asked() {
                return false;
            }
            let turn = self.groups.get(state.next);
            if turn.is_none_or(|turn| group <= turn + WINDOW) {
                return true;
            }
            let waited = self.moved.wait_timeout(state, GLANCE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes the results of a group, and passes on those whose turn it is.
    pub fn put(&self, results: Vec<(usize, T)>) {
        let mut state = self.state();
        state.waiting.extend(results);
        loop {
            let next = state.next;
            let Some(result) = state.waiting.remove(&next) else {
                break;
            };
            state.next += 1;
            state.passed += 1;
            (state.sink)(result);
        }
        self.moved.notify_all();
    }

    /// Passes on what still waits behind results that never came, and tells how many were passed
    /// on in all.
    pub fn finish(self) -> u64 {
        let state = self.state.into_inner();
        let State {
            mut passed,
            waiting,
            sink,
            ..
        } = state.unwrap_or_else(PoisonError::into_inner);
        for result in waiting.into_values() {
            passed += 1;
            sink(result);
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::fleet::share_out;

    #[test]
    fn results_come_out_in_order_however_they_are_finished() {
        let mut seen = Vec::new();
        let mut sink = |n: usize| seen.push(n);
        let in_order = InOrder::new(vec![0, 1, 0, 2], &mut sink);
        in_order.put(vec![(3, 3)]);
        in_order.put(vec![(0, 0), (2, 2)]);
        in_order.put(vec![(1, 1)]);
        assert_eq!(in_order.finish(), 4);
        assert_eq!(seen, [0, 1, 2, 3]);
    }

    #[test]
    fn what_waits_behind_a_gap_is_passed_on_at_the_end() {
        let mut seen = Vec::new();
        let mut sink = |n: usize| seen.push(n);
        let in_order = InOrder::new(vec![0, 1, 2], &mut sink);
        in_order.put(vec![(2, 2)]);
        in_order.put(vec![(0, 0)]);
        assert_eq!(in_order.finish(), 2);
        assert_eq!(seen, [0, 2]);
    }

    #[test]
    fn nobody_runs_far_ahead_of_a_slow_one() {
        let last = 3 * WINDOW;
        let furthest = Mutex::new(0);
        let mut seen = Vec::new();
        let mut sink = |n: usize| seen.push(n);
        let in_order = InOrder::new((0..=last).collect(), &mut sink);
        let stop = Stop::default();
        share_out((0..=last).collect(), 3, &stop, &|group: usize| {
            assert!(in_order.may_begin(group, &stop));
            if group == 0 {
                std::thread::sleep(Duration::from_millis(300));
                *furthest.lock().unwrap() = in_order.state().waiting.len();
            }
            in_order.put(vec![(group, group)]);
        });
        assert_eq!(in_order.finish(), last as u64 + 1);
        assert!(seen.is_sorted() && seen.len() == last + 1);
        assert!((1..=WINDOW).contains(&*furthest.lock().unwrap()));
    }

    #[test]
    fn who_waits_for_a_turn_hears_the_wish_to_stop() {
        let mut sink = |_: usize| ();
        let in_order = InOrder::new((0..=WINDOW + 1).collect(), &mut sink);
        let stop = Stop::default();
        assert!(in_order.may_begin(WINDOW, &stop));
        stop.cell().store(15, std::sync::atomic::Ordering::Relaxed);
        assert!(!in_order.may_begin(WINDOW + 1, &stop));
    }
}
