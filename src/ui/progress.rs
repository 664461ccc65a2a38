//! Progress on stderr, when that is a terminal and the work takes longer than a moment: a bar over
//! everything, and above it a line for each mailbox that is being worked on.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::sanitize;
use super::words::shortened;
use crate::ops::octets::Octets;

/// Nothing is drawn before this: quick work should not flicker.
const DELAY: Duration = Duration::from_millis(250);
/// The time that has gone by is drawn anew this often, also where nothing else happens.
const TICK: Duration = Duration::from_millis(500);
/// Steps of the bar per box, so that a single large box moves it too.
const STEPS: u64 = 1000;
/// Mailboxes with a line of their own; with more workers than these, the others go without.
const LINES: usize = 8;

/// The bar over all voicemail boxes of a run, and the lines above it.
pub struct Progress {
    visible: bool,
    drawing: Arc<Drawing>,
    tally: Mutex<Tally>,
    starter: Mutex<Option<Starter>>,
}

/// Shows everything when the moment is over; ends when the sender goes.
type Starter = (Sender<()>, JoinHandle<()>);

/// What is on the terminal.
struct Drawing {
    group: MultiProgress,
    bar: ProgressBar,
    lines: Mutex<HashMap<String, ProgressBar>>,
}

impl Drawing {
    fn lines(&self) -> MutexGuard<'_, HashMap<String, ProgressBar>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_line(&self) -> ProgressBar {
        let line = ProgressBar::new_spinner();
        let line = self.group.insert_before(&self.bar, line);
        if let Ok(style) = ProgressStyle::with_template("  {msg}") {
            line.set_style(style);
        }
        line
    }

    fn show(&self) {
        let target = ProgressDrawTarget::stderr_with_hz(10);
        self.group.set_draw_target(target);
        self.bar.enable_steady_tick(TICK);
    }
}

struct Tally {
    begun: Instant,
    messages: u64,
    octets: u64,
    boxes_done: u64,
    boxes: u64,
    /// Steps of boxes under way, by their share of octets.
    under_way: f64,
}

impl Tally {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            messages: 0,
            octets: 0,
            boxes_done: 0,
            boxes: 0,
            under_way: 0.0,
        }
    }
}

impl Progress {
    /// A bar, hidden unless `visible`.
    #[must_use]
    pub fn new(visible: bool) -> Self {
        // Hidden until the moment is over; what is set meanwhile is shown then.
        let group = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let bar = group.add(ProgressBar::new(0));
        // No blanks up to the margin: a terminal that becomes narrower would break the line.
        let style =
            ProgressStyle::with_template("{bar:10} {percent:>3}%  {elapsed}, eta {eta}  {msg}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        let drawing = Arc::new(Drawing {
            group,
            bar,
            lines: Mutex::default(),
        });
        Self {
            starter: Mutex::new(visible.then(|| show_later(Arc::clone(&drawing)))),
            visible,
            drawing,
            tally: Mutex::new(Tally::new()),
        }
    }

    /// The number of boxes is known.
    pub fn start(&self, boxes: usize) {
        // A run that makes several passes begins anew, and draws nothing where there is nothing to do.
        if self.drawing.bar.is_finished() {
            if boxes == 0 {
                return;
            }
            self.drawing.bar.reset();
            *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = Tally::new();
            *self.starter() = self.visible.then(|| show_later(Arc::clone(&self.drawing)));
        }
        self.with(|tally| tally.boxes = boxes as u64);
    }

    /// Messages of a box went by: `share` is their part of the box's work, 0 to 1.
    pub fn advance(&self, messages: usize, octets: u64, share: f64) {
        self.with(|tally| {
            tally.messages += messages as u64;
            tally.octets += octets;
            tally.under_way += share;
        });
    }

    /// Work that was counted is begun anew or was for nothing.
    pub fn forget(&self, share: f64) {
        self.with(|tally| tally.under_way = (tally.under_way - share).max(0.0));
    }

    /// A box is finished; `share` is what [`advance`](Self::advance) has counted of it so far.
    pub fn box_done(&self, share: f64) {
        self.with(|tally| {
            tally.boxes_done += 1;
            tally.under_way = (tally.under_way - share).max(0.0);
        });
    }

    /// Says in a line of its own what is being done with a mailbox.
    pub fn line(&self, mailbox: &str, doing: &str) {
        let mut lines = self.drawing.lines();
        if !lines.contains_key(mailbox) {
            if lines.len() >= LINES {
                return;
            }
            lines.insert(mailbox.to_owned(), self.drawing.new_line());
        }
        if let Some(line) = lines.get(mailbox) {
            let text = format!("{}: {doing}", shortened(mailbox));
            line.set_message(sanitize::text(&text).into_owned());
        }
    }

    /// Takes a mailbox's line away; without one, nothing happens.
    pub fn line_done(&self, mailbox: &str) {
        if let Some(line) = self.drawing.lines().remove(mailbox) {
            line.finish_and_clear();
            self.drawing.group.remove(&line);
        }
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    fn with(&self, change: impl FnOnce(&mut Tally)) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut tally);
        let bar = &self.drawing.bar;
        let done = (tally.boxes_done as f64 + tally.under_way).min(tally.boxes as f64);
        bar.set_length(tally.boxes * STEPS);
        bar.set_position((done * STEPS as f64) as u64);
        let rate = tally.octets as f64 / tally.begun.elapsed().as_secs_f64();
        let mut message = format!("{}/{} mailboxes", tally.boxes_done, tally.boxes);
        // Not every verb moves messages.
        if tally.messages > 0 {
            let rate = Octets(rate as u64);
            let _ = write!(message, ", {} messages, {rate}/s", tally.messages);
        }
        bar.set_message(message);
    }

    /// Prints something while the bar is out of the way.
    pub fn suspend(&self, print: impl FnOnce()) {
        self.drawing.group.suspend(print);
    }

    /// Removes the bar and the lines.
    pub fn clear(&self) {
        self.stop_starter();
        for (_, line) in self.drawing.lines().drain() {
            line.finish_and_clear();
        }
        self.drawing.bar.finish_and_clear();
        // A terminal that cannot be cleared is no reason to stop.
        let _ = self.drawing.group.clear();
        let nowhere = ProgressDrawTarget::hidden();
        self.drawing.group.set_draw_target(nowhere);
    }

    fn starter(&self) -> MutexGuard<'_, Option<Starter>> {
        self.starter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop_starter(&self) {
        let starter = self.starter().take();
        if let Some((stop, thread)) = starter {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop_starter();
    }
}

/// Shows everything after a moment, unless it is stopped before.
fn show_later(drawing: Arc<Drawing>) -> Starter {
    let (stop, stopped) = channel::<()>();
    let thread = thread::spawn(move || {
        if stopped.recv_timeout(DELAY) == Err(RecvTimeoutError::Timeout) {
            drawing.show();
        }
    });
    (stop, thread)
}
