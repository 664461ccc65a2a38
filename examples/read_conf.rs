//! Reads a voicemail.conf as Asterisk does, and says who sees whose messages: no server.
//!
//!     cargo run --example read_conf -- /etc/asterisk/voicemail.conf
#![allow(clippy::print_stdout)]

use vmimap::ops::crosstalk;
use vmimap::voicemail::conf::{LoadOptions, load};
use vmimap::voicemail::vmbox::VoicemailBox;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a voicemail.conf")?;
    let conf = load(path.as_ref(), &LoadOptions::default())?;
    // What is odd about the file is no error: Asterisk goes on as well.
    for notice in &conf.notices {
        println!("{}: {notice}", notice.severity);
    }
    for mailbox in &conf.mailboxes {
        let user = mailbox.options.imapuser.as_deref().unwrap_or("nobody");
        println!("{} in {user}'s {}", mailbox.vmbox, conf.imapfolder(mailbox));
    }
    // Of boxes that live in one account; here as if all of them did.
    let boxes: Vec<VoicemailBox> = conf.mailboxes.iter().map(|one| one.vmbox.clone()).collect();
    for talk in crosstalk::among(&conf, &boxes) {
        println!(
            "in one account, {} would also hear {}",
            talk.sees, talk.seen
        );
    }
    Ok(())
}
