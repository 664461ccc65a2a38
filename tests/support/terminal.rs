//! A program at a terminal of its own, with somebody who reads it and types: `script` of bsdutils.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::cli::Vmimap;

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running program and its terminal.
pub struct Terminal {
    script: Child,
    shown: String,
    more: Receiver<Vec<u8>>,
}

impl Terminal {
    /// Starts a call of `vmimap` on a new terminal; the shell there runs `after` when it has ended.
    pub fn start(vmimap: &Vmimap, after: &str) -> Self {
        let (words, env) = vmimap.parts();
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        // The shell gets an interrupt too, and is to live on.
        let line = format!(
            "trap : INT; stty cols 100 rows 40; {}{after}",
            words.join(" ")
        );
        let mut script = Command::new("script");
        script
            .args(["-q", "-e", "-f", "-c", &line, "/dev/null"])
            .env_clear()
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .envs(env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut script = script.spawn().unwrap();
        let mut output = script.stdout.take().unwrap();
        let (tell, more) = channel();
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut chunk) {
                if tell.send(chunk[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let shown = String::new();
        Self {
            script,
            shown,
            more,
        }
    }

    /// Waits until the terminal shows this.
    ///
    /// # Panics
    /// If it does not come, with what came instead.
    pub fn shows(&mut self, text: &str) -> &mut Self {
        let end = Instant::now() + PATIENCE;
        while !self.shown.contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            let chunk = self.more.recv_timeout(left);
            assert!(chunk.is_ok(), "{text:?} is not shown: {}", self.shown);
            self.shown
                .push_str(&String::from_utf8_lossy(&chunk.unwrap()));
        }
        self
    }

    /// Types this; `\r` is the return key, `\x03` is Ctrl-C.
    pub fn types(&mut self, keys: &str) -> &mut Self {
        // A program that has just asked turns the echo off next, and forgets what came before.
        thread::sleep(Duration::from_millis(300));
        let stdin = self.script.stdin.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).unwrap();
        stdin.flush().unwrap();
        self
    }

    /// Waits for the end: everything that was shown, and the status.
    pub fn ends(mut self) -> (String, i32) {
        let end = Instant::now() + PATIENCE;
        let left = || end.saturating_duration_since(Instant::now());
        while let Ok(chunk) = self.more.recv_timeout(left()) {
            self.shown.push_str(&String::from_utf8_lossy(&chunk));
        }
        assert!(!left().is_zero(), "it does not end: {}", self.shown);
        drop(self.script.stdin.take());
        let status = self.script.wait().unwrap();
        (self.shown, status.code().unwrap_or(-1))
    }
}

/// A word as a shell takes it for itself.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
