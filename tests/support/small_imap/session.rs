//! One connection to the small server: greeting, login, and to whom each command goes.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::commands;
use super::store::World;
use super::words::{self, Line};

/// What a connection remembers.
pub struct Connection {
    /// Whose mail it is, once somebody is logged in.
    pub user: String,
    /// The open folder, and whether it may be changed.
    pub open: Option<(String, bool)>,
}

/// Plays the server's part until the client goes.
pub fn serve(mut stream: BufReader<TcpStream>, shared: &Mutex<World>) {
    let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    let manners = lock().manners.clone();
    let greeting = format!(
        "* OK [CAPABILITY {}] {}\r\n",
        manners.before_login, manners.greeting
    );
    let _ = stream.get_mut().write_all(greeting.as_bytes());
    let mut connection = Connection {
        user: String::new(),
        open: None,
    };
    while let Some(line) = words::read(&mut stream) {
        if manners.bye_at.is_some_and(|at| line.text.starts_with(at)) {
            lock().log.push(line.text);
            let _ = stream
                .get_mut()
                .write_all(b"* BYE System shutdown, come back later\r\n");
            return;
        }
        let answer = match verb(&line).as_str() {
            "AUTHENTICATE" | "LOGIN" => log_in(&mut stream, &line, shared, &mut connection),
            "CAPABILITY" => {
                let offered = if connection.user.is_empty() {
                    manners.before_login
                } else {
                    manners.after_login
                };
                format!("* CAPABILITY {offered}\r\n{} OK done\r\n", line.tag).into_bytes()
            }
            "LOGOUT" => return,
            _ if connection.user.is_empty() => {
                format!("{} BAD Command unrecognized before login\r\n", line.tag).into_bytes()
            }
            _ => {
                let mut world = lock();
                world.log.push(line.text.clone());
                commands::answer(&mut world, &mut connection, &line)
            }
        };
        if stream.get_mut().write_all(&answer).is_err() {
            return;
        }
    }
}

fn verb(line: &Line) -> String {
    let first = line.words.first();
    first.map_or_else(String::new, |word| word.text().to_ascii_uppercase())
}

fn log_in(
    stream: &mut BufReader<TcpStream>,
    line: &Line,
    shared: &Mutex<World>,
    connection: &mut Connection,
) -> Vec<u8> {
    let argument = |at: usize| {
        line.words
            .get(at)
            .map_or_else(String::new, words::Word::text)
    };
    let plain = verb(line) == "AUTHENTICATE";
    let (authzid, name, password) = if plain {
        let mut response = argument(2);
        if response.is_empty() {
            let _ = stream.get_mut().write_all(b"+ \r\n");
            let _ = stream.read_line(&mut response);
        }
        let decoded = STANDARD.decode(response.trim()).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        let mut parts = decoded.split('\0').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        (next(), next(), next())
    } else {
        // UW: `user*admin`, in quotes, because an atom holds no asterisk.
        let name = argument(1);
        match name.split_once('*') {
            Some((user, admin)) if line.text.contains('"') => {
                (user.to_owned(), admin.to_owned(), argument(2))
            }
            _ => (String::new(), name, argument(2)),
        }
    };
    let mut world = shared.lock().unwrap_or_else(PoisonError::into_inner);
    world.log.push(format!("login {name} for {authzid:?}"));
    let user = if authzid.is_empty() || !world.manners.honours_authzid {
        name.clone()
    } else {
        authzid
    };
    let allowed = user == name || name == "admin";
    let known = world.accounts.contains_key(&user) && world.accounts.contains_key(&name);
    if !allowed || !known || password != "secret" {
        return format!("{} NO Login failed.\r\n", line.tag).into_bytes();
    }
    connection.user = user;
    let offered = world.manners.after_login;
    format!("{} OK [CAPABILITY {offered}] logged in\r\n", line.tag).into_bytes()
}
