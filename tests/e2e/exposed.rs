//! Who allows passwords to go to another host without encryption is told that they do: once a server,
//! and not by a job of every night.

use crate::support;
use std::io;
use std::net::{IpAddr, TcpListener, TcpStream};
use std::thread;

use support::cli::Vmimap;
use support::dovecot::{Dovecot, User};
use support::dovecot_config::DovecotOptions;

/// Passes connections on to a port of loopback; ends with the test program.
fn forward(address: IpAddr, target: u16) -> u16 {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(("127.0.0.1", target)).unwrap();
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server, client),
            ] {
                thread::spawn(move || {
                    let _ = io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Write);
                });
            }
        }
    });
    port
}

#[test]
fn a_password_that_goes_unencrypted_to_another_host_is_warned_of_once() {
    let address = support::far_address();
    let dovecot = Dovecot::start(DovecotOptions {
        users: ["u", "v"].map(|user| User::new(user, "secret")).to_vec(),
        ..DovecotOptions::default()
    });
    let port = forward(address, dovecot.port());
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    let text = format!(
        "[general]\nimapserver={address}\nimapport={port}\nimapflags=notls\n[default]\n\
         1 => 1,A,,,imapuser=u|imappassword=secret\n2 => 1,B,,,imapuser=v|imappassword=secret\n"
    );
    support::write_private(&conf, text);
    let list = |words: &[&str]| {
        let call = Vmimap::new(["list", "--voicemail-conf"]).arg(&conf);
        call.args(words).run().status(0).stderr
    };
    let told = "passwords are sent without encryption";
    assert_eq!(list(&["-v"]).matches(told).count(), 1, "{}", list(&["-v"]));
    assert_eq!(list(&[]), "");
}
