//! Folder names and a search as they go over the wire: the IMAP layer without a server.
#![allow(clippy::print_stdout)]

use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::search::Search;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Modified UTF-7 (RFC 3501 §5.1.3), made from what people read.
    let name = MailboxName::from_unicode("Boîte vocale")?;
    println!("{name} is {} on the wire", name.as_wire());
    // The delimiter is the server's own; one without hierarchy has no children.
    println!("{}", name.join(Some('.'), "Work")?.as_wire());
    println!(
        "{:?}",
        name.join(None, "Work").map_err(|error| error.to_string())
    );
    // What could end a command or begin another one is refused, not escaped.
    println!(
        "{:?}",
        MailboxName::from_wire("a\r\nb").map_err(|error| error.to_string())
    );
    // The search with which Asterisk counts new messages.
    let new = Search::undeleted()
        .and(Search::unseen())
        .and(Search::header("X-Asterisk-VM-Extension", "4123")?);
    println!("{new}");
    Ok(())
}
