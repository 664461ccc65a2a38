//! How many connections a server takes, learned from what it says, and whose turn it is.
//!
//! A server that lets in three of eight workers would make the other five ask again and again while
//! the three go from account to account. So once it said that there are too many, nobody connects
//! before one of this run's own connections has ended, and whoever came first goes first. Nothing is
//! limited before a server complains; each connection that comes about at the limit raises it by one.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::backoff::Waiting;

/// How often a signal is looked for while it is somebody else's turn.
const GLANCE: Duration = Duration::from_millis(50);

/// The connections of one server.
#[derive(Debug, Default)]
struct Queue {
    open: usize,
    limit: Option<usize>,
    waiting: VecDeque<u64>,
    tickets: u64,
}

/// The connections of all servers of a run.
#[derive(Debug, Default)]
pub struct Turns {
    queues: Mutex<HashMap<String, Queue>>,
    changed: Condvar,
}

/// A connection that counts until this is dropped.
#[derive(Debug)]
pub struct Turn<'a> {
    turns: &'a Turns,
    server: String,
}

impl Turns {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a connection to this server may be tried; `None` where a signal came first.
    /// `again` is whether it was tried already and refused: those go first.
    pub fn take(&self, server: &str, again: bool, waiting: &Waiting) -> Option<Turn<'_>> {
        let mut queues = self.lock();
        let queue = queues.entry(server.to_owned()).or_default();
        queue.tickets += 1;
        let ticket = queue.tickets;
        if again {
            queue.waiting.push_front(ticket);
        } else {
            queue.waiting.push_back(ticket);
        }
        loop {
            let queue = queues.entry(server.to_owned()).or_default();
            let room = queue.limit.is_none_or(|limit| queue.open < limit);
            let over = waiting.over();
            if over || room && queue.waiting.front() == Some(&ticket) {
                queue.waiting.retain(|other| *other != ticket);
                queue.open += usize::from(!over);
                self.changed.notify_all();
                return (!over).then(|| Turn {
                    turns: self,
                    server: server.to_owned(),
                });
            }
            let woken = self.changed.wait_timeout(queues, GLANCE);
            queues = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Turn<'_> {
    /// The connection came about: there may be room for one more than was thought.
    pub fn came_about(&self) {
        let mut queues = self.turns.lock();
        if let Some(queue) = queues.get_mut(&self.server)
            && let Some(limit) = &mut queue.limit
            && queue.open >= *limit
        {
            *limit = queue.open + 1;
        }
        drop(queues);
        self.turns.changed.notify_all();
    }

    /// The server said that there are too many. Says whether others of this run are connected: then
    /// the next turn comes when one of them ends.
    #[must_use]
    pub fn too_many(self) -> bool {
        let mut queues = self.turns.lock();
        let others = queues.get_mut(&self.server).map_or(0, |queue| {
            let others = queue.open.saturating_sub(1);
            queue.limit = Some(others.max(1));
            others
        });
        drop(queues);
        others > 0
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut queues = self.turns.lock();
        if let Some(queue) = queues.get_mut(&self.server) {
            queue.open = queue.open.saturating_sub(1);
        }
        drop(queues);
        self.turns.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;
    use crate::ops::stop::Stop;

    #[test]
    fn nobody_waits_before_a_server_complains() {
        let turns = Turns::default();
        let waiting = Waiting::default();
        let all: Vec<_> = (0..50)
            .map(|_| turns.take("s", false, &waiting).unwrap())
            .collect();
        assert_eq!(all.len(), 50);
    }

    #[test]
    fn a_server_with_room_for_three_serves_forty_and_few_are_turned_away() {
        let turns = Turns::default();
        let waiting = Waiting::default();
        let (inside, served, refused) = (
            AtomicUsize::new(0),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        );
        let one = || {
            let mut again = false;
            loop {
                let turn = turns.take("s", again, &waiting).unwrap();
                if inside.fetch_add(1, Ordering::SeqCst) < 3 {
                    turn.came_about();
                    thread::sleep(Duration::from_millis(2));
                    inside.fetch_sub(1, Ordering::SeqCst);
                    served.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                inside.fetch_sub(1, Ordering::SeqCst);
                refused.fetch_add(1, Ordering::SeqCst);
                let _ = turn.too_many();
                again = true;
            }
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..5).for_each(|_| one()));
            }
        });
        assert_eq!(served.into_inner(), 40);
    }

    #[test]
    fn a_signal_ends_the_wait_for_a_turn() {
        let turns = Turns::default();
        let stop = Stop::default();
        let waiting = Waiting::new(stop.clone(), None);
        let first = turns.take("s", false, &waiting).unwrap();
        let second = turns.take("s", false, &waiting).unwrap();
        assert!(second.too_many());
        stop.cell().store(2, Ordering::Relaxed);
        assert!(turns.take("s", false, &waiting).is_none());
        drop(first);
    }
}
