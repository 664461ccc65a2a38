//! A scripted Asterisk manager interface on an own thread: what a test makes it say, it says.
//!
//! [`asterisk`] plays Asterisk 22's part as main/manager.c writes it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Asterisk's greeting.
pub const BANNER: &str = "Asterisk Call Manager/9.0.0\r\n";
pub const USER: &str = "vmimap";
pub const SECRET: &str = "lamp-oil-7731";

/// An action as it came: its fields in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said(pub Vec<(String, String)>);

impl Said {
    /// A field; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// `Response: ...` with this action's id.
    pub fn answer(&self, response: &str, message: &str) -> String {
        let id = self.get("ActionID");
        format!("Response: {response}\r\nActionID: {id}\r\nMessage: {message}\r\n\r\n")
    }
}

/// What the interface does after an action.
pub enum Play {
    Say(String),
    SayAndCut(String),
    /// One octet every so often, for ever.
    Drip(u64),
    Silence,
}

type Script = Box<dyn Fn(&Said) -> Play + Send + Sync>;

/// The interface. Runs until the test's process ends.
pub struct ScriptedManager {
    pub port: u16,
    said: Arc<Mutex<Vec<Said>>>,
}

impl ScriptedManager {
    /// As Asterisk is.
    pub fn asterisk() -> Self {
        Self::start("127.0.0.1", BANNER, Duration::ZERO, asterisk)
    }

    /// With another way to answer.
    pub fn playing(script: impl Fn(&Said) -> Play + Send + Sync + 'static) -> Self {
        Self::start("127.0.0.1", BANNER, Duration::ZERO, script)
    }

    pub fn start(
        host: &str,
        banner: &'static str,
        after: Duration,
        script: impl Fn(&Said) -> Play + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let said: Arc<Mutex<Vec<Said>>> = Arc::default();
        let (noted, script) = (Arc::clone(&said), Arc::new(Box::new(script) as Script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (noted, script) = (Arc::clone(&noted), Arc::clone(&script));
                thread::spawn(move || {
                    thread::sleep(after);
                    // A client that goes away ends the conversation.
                    let _ = converse(stream.unwrap(), banner, &noted, &script);
                });
            }
        });
        Self { port, said }
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Everything that was said so far.
    pub fn said(&self) -> Vec<Said> {
        self.said.lock().unwrap().clone()
    }

    /// `MAILBOX@CONTEXT` of each refresh, in order.
    pub fn refreshed(&self) -> Vec<String> {
        let said = self.said();
        let asked = said
            .iter()
            .filter(|s| s.get("Action") == "VoicemailRefresh");
        asked
            .map(|s| format!("{}@{}", s.get("Mailbox"), s.get("Context")))
            .collect()
    }
}

fn converse(
    stream: TcpStream,
    banner: &str,
    noted: &Mutex<Vec<Said>>,
    script: &Script,
) -> std::io::Result<()> {
    let mut to = stream.try_clone()?;
    to.write_all(banner.as_bytes())?;
    let mut said = Said(Vec::new());
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if let Some((name, value)) = line.split_once(": ") {
            said.0.push((name.to_owned(), value.to_owned()));
            continue;
        }
        noted.lock().unwrap().push(said.clone());
        match script(&said) {
            Play::Say(text) => to.write_all(text.as_bytes())?,
            Play::SayAndCut(text) => return to.write_all(text.as_bytes()),
            Play::Drip(pause) => loop {
                to.write_all(b"x")?;
                thread::sleep(Duration::from_millis(pause));
            },
            Play::Silence => thread::sleep(Duration::from_mins(1)),
        }
        said = Said(Vec::new());
    }
    Ok(())
}

/// What Asterisk 22 answers, to a user with `write = user`.
pub fn asterisk(said: &Said) -> Play {
    match said.get("Action") {
        "Login" if said.get("Username") == USER && said.get("Secret") == SECRET => {
            Play::Say(said.answer("Success", "Authentication accepted"))
        }
        "Login" => Play::SayAndCut(said.answer("Error", "Authentication failed")),
        "VoicemailRefresh" => Play::Say(said.answer("Success", "Refresh sent")),
        "Logoff" => Play::SayAndCut(said.answer("Goodbye", "Thanks for all the fish.")),
        _ => Play::Say(said.answer("Error", "Invalid/unknown command")),
    }
}
