//! The question before a change, and the one for a password.

use std::io::{self, IsTerminal, Write};
use std::os::unix::net::UnixStream;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};
use secrecy::SecretString;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::{emulate_default_handler, pipe, unregister};

use super::Ui;

/// Whether somebody is there to be asked.
#[must_use]
pub fn somebody_is_there(ui: &Ui) -> bool {
    ui.stderr_is_terminal && io::stdin().is_terminal()
}

/// Whether a password can be asked for: questions go to stderr, answers come from stdin.
#[must_use]
pub fn can_ask() -> bool {
    io::stderr().is_terminal() && io::stdin().is_terminal()
}

/// Asks for a password, which is not shown while it is typed. Only where [`can_ask`].
///
/// # Errors
/// The terminal's.
pub fn password(question: &str) -> io::Result<SecretString> {
    let echo = keep_echo()?;
    let asked = dialoguer::Password::new()
        .with_prompt(super::sanitize::text(question))
        .allow_empty_password(true)
        .report(false)
        .interact();
    echo.close();
    let asked = asked.map_err(|dialoguer::Error::IO(error)| error)?;
    Ok(SecretString::from(asked))
}

/// Gives the terminal its echo back where a signal ends the program before somebody has answered.
fn keep_echo() -> io::Result<Handle> {
    let before = tcgetattr(io::stdin())?;
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    let handle = signals.handle();
    thread::spawn(move || {
        for signal in &mut signals {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
            let _ = emulate_default_handler(signal);
        }
    });
    Ok(handle)
}

/// Asks for a number, so that no reflex answers, and says whether exactly this one was typed.
#[must_use]
pub fn number(question: &str, number: u64) -> bool {
    let asked = line(&format!("{}: ", super::sanitize::text(question)));
    asked.is_ok_and(|answer| answer.trim() == number.to_string())
}

/// Asks for a line, which the terminal lets its reader edit; what was typed before the question is
/// no answer to it. An end of file (Ctrl-D) and a signal are answers, and empty ones.
fn line(question: &str) -> io::Result<String> {
    let stdin = io::stdin();
    tcflush(&stdin, QueueSelector::IFlush)?;
    // Reading would begin again after a signal, and one that comes before the waiting would be missed.
    let (signalled, tell) = UnixStream::pair()?;
    let ids = [SIGINT, SIGTERM].map(|signal| pipe::register(signal, tell.try_clone()?));
    let mut stderr = io::stderr();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()?;
    let mut answer = String::new();
    let mut ends = [
        PollFd::new(&signalled, PollFlags::IN),
        PollFd::new(&stdin, PollFlags::IN),
    ];
    while matches!(poll(&mut ends, None), Err(Errno::INTR)) {}
    if ends[0].revents().is_empty() {
        stdin.read_line(&mut answer)?;
    }
    ids.into_iter().flatten().for_each(|id| {
        unregister(id);
    });
    if !answer.ends_with('\n') {
        stderr.write_all(b"\n")?;
        answer.clear();
    }
    Ok(answer)
}

/// Asks, on the terminal; only a plain yes is one. `None` where nobody is there to be asked.
#[must_use]
pub fn confirm(ui: &Ui, question: &str) -> Option<bool> {
    if !somebody_is_there(ui) {
        return None;
    }
    let asked = dialoguer::Confirm::new()
        .with_prompt(super::sanitize::text(question))
        .default(false)
        .interact_opt();
    Some(matches!(asked, Ok(Some(true))))
}
