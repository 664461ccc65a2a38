//! A progress bar on stderr, when that is a terminal and the work takes longer than a moment.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Nothing is drawn before this: quick work should not flicker.
const DELAY: Duration = Duration::from_millis(250);
/// Steps of the bar per box, so that a single large box moves it too.
const STEPS: u64 = 1000;

/// The bar over all voicemail boxes of a run.
pub struct Progress {
    bar: ProgressBar,
    begun: Instant,
    tally: Mutex<Tally>,
}

#[derive(Default)]
struct Tally {
    messages: u64,
    octets: u64,
    boxes_done: u64,
    boxes: u64,
    /// Steps of boxes under way, by their share of octets.
    under_way: f64,
}

impl Progress {
    /// A bar, hidden unless `visible`.
    #[must_use]
    pub fn new(visible: bool) -> Self {
        let target = if visible {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let style = ProgressStyle::with_template(
            "{bar:16} {percent:>3}%  {elapsed}, eta {eta}  {wide_msg}",
        );
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        Self {
            bar,
            begun: Instant::now(),
            tally: Mutex::default(),
        }
    }

    /// The number of boxes is known.
    pub fn start(&self, boxes: usize) {
        // A run that makes several passes begins anew, and draws nothing where there is nothing to do.
        if self.bar.is_finished() {
            if boxes == 0 {
                return;
            }
            self.bar.reset();
            *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = Tally::default();
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

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    fn with(&self, change: impl FnOnce(&mut Tally)) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut tally);
        let elapsed = self.begun.elapsed();
        if elapsed < DELAY || self.bar.is_hidden() {
            return;
        }
        let done = (tally.boxes_done as f64 + tally.under_way).min(tally.boxes as f64);
        self.bar.set_length(tally.boxes * STEPS);
        self.bar.set_position((done * STEPS as f64) as u64);
        let rate = tally.octets as f64 / elapsed.as_secs_f64();
        let mut message = format!("{}/{} mailboxes", tally.boxes_done, tally.boxes);
        // Not every verb moves messages.
        if tally.messages > 0 {
            let rate = HumanBytes(rate as u64);
            let _ = write!(message, ", {} messages, {rate}/s", tally.messages);
        }
        self.bar.set_message(message);
    }

    /// Prints something while the bar is out of the way.
    pub fn suspend(&self, print: impl FnOnce()) {
        // Suspending draws the bar anew, also one that was not to be seen yet.
        if self.begun.elapsed() < DELAY {
            print();
        } else {
            self.bar.suspend(print);
        }
    }

    /// Removes the bar.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
