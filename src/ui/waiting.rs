//! A sign of life on stderr while one long question is being answered, when that is a terminal.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

/// Nothing is drawn before this: quick work should not flicker.
const DELAY: Duration = Duration::from_millis(250);

/// A spinner; gone when dropped.
pub struct Waiting {
    drawing: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Waiting {
    /// Begins to wait; draws nothing unless `visible`.
    #[must_use]
    pub fn new(visible: bool, message: &'static str) -> Self {
        let drawing = visible.then(|| {
            let (stop, stopped) = channel::<()>();
            let thread = thread::spawn(move || {
                if stopped.recv_timeout(DELAY) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                let bar = ProgressBar::new_spinner().with_message(message);
                bar.enable_steady_tick(Duration::from_millis(100));
                // Ends when the other side is dropped.
                let _ = stopped.recv();
                bar.finish_and_clear();
            });
            (stop, thread)
        });
        Self { drawing }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.drawing.take() {
            drop(stop);
            // It only draws; that it is gone from the screen is worth the moment.
            let _ = thread.join();
        }
    }
}
