//! What a logged-in client may ask of the small server.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::fetch;
use super::search;
use super::session::Connection;
use super::store::{Message, World};
use super::words::{Line, Word, holds};
use super::{Manners, UidExpunge};

/// The answer to one command, as octets.
pub fn answer(world: &mut World, connection: &mut Connection, line: &Line) -> Vec<u8> {
    let argument = |at: usize| line.words.get(at).map_or_else(String::new, Word::text);
    let mut verb = argument(0).to_ascii_uppercase();
    if verb == "UID" {
        verb = format!("UID {}", argument(1).to_ascii_uppercase());
    }
    let mut out = Vec::new();
    let status = match verb.as_str() {
        "NOOP" => Ok("OK NOOP completed".to_owned()),
        "NAMESPACE" => {
            say(
                &mut out,
                &format!("* NAMESPACE {}", world.manners.namespace),
            );
            Ok("OK NAMESPACE completed".to_owned())
        }
        "LIST" | "LSUB" => {
            list(world, connection, &verb, &argument(2), &mut out);
            Ok(format!("OK {verb} completed"))
        }
        "STATUS" => status(world, connection, line, &mut out),
        "SELECT" | "EXAMINE" => open(world, connection, &verb, &argument(1), &mut out),
        "UNSELECT" => {
            connection.open = None;
            Ok("OK UNSELECT completed".to_owned())
        }
        "CREATE" => create(world, connection, &argument(1)),
        "SUBSCRIBE" => {
            let account = world.accounts.get_mut(&connection.user).unwrap();
            account.subscribed.insert(argument(1));
            Ok("OK SUBSCRIBE completed".to_owned())
        }
        "APPEND" => append(world, connection, line),
        "SEARCH" | "UID SEARCH" => search(world, connection, line, &verb, &mut out),
        "UID FETCH" => fetch_messages(world, connection, line, &mut out),
        "UID STORE" => store(world, connection, line),
        "UID EXPUNGE" => uid_expunge(world, connection, &argument(2), &mut out),
        "GETQUOTAROOT" if !world.manners.quota.is_empty() => {
            out.extend(world.manners.quota.as_bytes());
            Ok("OK GETQUOTAROOT Ok.".to_owned())
        }
        "MYRIGHTS" if world.manners.after_login.contains("ACL") => {
            say(
                &mut out,
                &format!("* MYRIGHTS \"{}\" \"acdilrsw\"", argument(1)),
            );
            Ok("OK MYRIGHTS completed.".to_owned())
        }
        _ => Err(format!("BAD Command unrecognized: {verb}")),
    };
    let (words, stray) = match status {
        Ok(words) => (words, ""),
        Err(words) => (words, world.manners.stray),
    };
    say(&mut out, &format!("{} {words}", line.tag));
    out.extend(stray.as_bytes());
    out
}

type Outcome = Result<String, String>;

fn say(out: &mut Vec<u8>, line: &str) {
    out.extend(line.as_bytes());
    out.extend(b"\r\n");
}

fn list(world: &World, connection: &Connection, verb: &str, pattern: &str, out: &mut Vec<u8>) {
    let account = &world.accounts[&connection.user];
    let names: Vec<&String> = match verb {
        "LSUB" => account.subscribed.iter().collect(),
        _ => account.folders.keys().collect(),
    };
    for name in names {
        let matches = match pattern.strip_suffix(['*', '%']) {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        };
        if matches && name == "INBOX" && world.manners.inbox_has_no_delimiter {
            say(out, &format!("* {verb} (\\NoInferiors) NIL INBOX"));
        } else if matches {
            let delimiter = world.manners.delimiter;
            say(out, &format!("* {verb} () \"{delimiter}\" {name}"));
        }
    }
}

fn status(world: &mut World, connection: &Connection, line: &Line, out: &mut Vec<u8>) -> Outcome {
    let name = line.words[1].text();
    let user = connection.user.clone();
    let Some(folder) = world.folder_mut(&user, &name) else {
        return Err(format!("NO STATUS failed: no such mailbox: {name}"));
    };
    let unseen = folder.messages.iter().filter(|m| !m.has("\\Seen")).count();
    say(
        out,
        &format!(
            "* STATUS \"{name}\" (MESSAGES {} UNSEEN {unseen} UIDNEXT {} UIDVALIDITY {})",
            folder.messages.len(),
            folder.next,
            folder.validity
        ),
    );
    Ok("OK STATUS completed".to_owned())
}

fn open(
    world: &mut World,
    connection: &mut Connection,
    verb: &str,
    name: &str,
    out: &mut Vec<u8>,
) -> Outcome {
    connection.open = None;
    let user = connection.user.clone();
    let Some(folder) = world.folder_mut(&user, name) else {
        return Err(format!("NO {verb} failed: no such mailbox: {name}"));
    };
    say(out, &format!("* {} EXISTS", folder.messages.len()));
    say(out, "* 0 RECENT");
    say(out, &format!("* OK [UIDVALIDITY {}] Ok", folder.validity));
    say(out, &format!("* OK [UIDNEXT {}] Ok", folder.next));
    say(
        out,
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Draft \\Seen)",
    );
    connection.open = Some((name.to_owned(), verb == "SELECT"));
    let mode = if verb == "SELECT" { "WRITE" } else { "ONLY" };
    Ok(format!("OK [READ-{mode}] {verb} completed"))
}

fn create(world: &mut World, connection: &Connection, name: &str) -> Outcome {
    let manners = world.manners.clone();
    if !name.starts_with(manners.prefix) {
        return Err("NO Invalid mailbox name.".to_owned());
    }
    if world.folder_mut(&connection.user, name).is_some() {
        return Err(manners.exists.replace('%', name));
    }
    world.create(&connection.user, name);
    Ok("OK CREATE completed".to_owned())
}

/// One message or several (RFC 3502); all of them or none.
fn append(world: &mut World, connection: &Connection, line: &Line) -> Outcome {
    let manners = world.manners.clone();
    let name = line.words[1].text();
    let (mut new, mut unknown): (Vec<New>, _) = (Vec::new(), None);
    let (mut flags, mut date) = (BTreeSet::new(), String::new());
    for word in &line.words[2..] {
        match word {
            Word::List(words) => flags = words.iter().map(Word::text).collect(),
            Word::Text(octets) if octets.len() == 26 && octets[2..].starts_with(b"-") => {
                date = String::from_utf8_lossy(octets).into_owned();
            }
            Word::Text(body) => {
                if manners.drops_keywords {
                    let keyword = flags.iter().find(|flag| !flag.starts_with('\\'));
                    unknown = keyword.cloned().or(unknown);
                    flags.retain(|flag: &String| flag.starts_with('\\'));
                }
                let when = match std::mem::take(&mut date) {
                    none if none.is_empty() => "05-Feb-2009 18:31:30 +0000".to_owned(),
                    when => when,
                };
                new.push((std::mem::take(&mut flags), when, body.clone()));
            }
        }
    }
    refuse_octets(&manners, &new)?;
    let held = world.held(&connection.user);
    if let Some((most, words)) = manners.full
        && held + new.len() > most
    {
        return Err(words.to_owned());
    }
    let Some(folder) = world.folder_mut(&connection.user, &name) else {
        return Err(format!("NO [TRYCREATE] no such mailbox: {name}"));
    };
    let mut uids = Vec::new();
    for (flags, date, body) in new {
        uids.push(folder.put(flags, &date, body).to_string());
    }
    let words = match unknown {
        Some(flag) => format!("Unknown flag: {flag}"),
        None => "APPEND completed".to_owned(),
    };
    Ok(if manners.after_login.contains("UIDPLUS") {
        format!(
            "OK [APPENDUID {} {}] {words}",
            folder.validity,
            uids.join(",")
        )
    } else {
        format!("OK {words}")
    })
}

type New = (BTreeSet<String>, String, Vec<u8>);

/// Cyrus: no NUL, and no line feed by itself.
fn refuse_octets(manners: &Manners, new: &[New]) -> Result<(), String> {
    if let Some((nul, bare)) = manners.refuses {
        let bodies = || new.iter().map(|(_, _, body)| body);
        let lonely = |body: &Vec<u8>| {
            (0..body.len()).any(|at| body[at] == b'\n' && (at == 0 || body[at - 1] != b'\r'))
        };
        if bodies().any(|body| body.contains(&0)) {
            return Err(nul.to_owned());
        }
        if bodies().any(lonely) {
            return Err(bare.to_owned());
        }
    }
    Ok(())
}

fn opened<'w>(
    world: &'w mut World,
    connection: &Connection,
    changes: bool,
) -> Result<&'w mut Vec<Message>, String> {
    match &connection.open {
        Some((name, writable)) if *writable || !changes => {
            Ok(&mut world.folder_mut(&connection.user, name).unwrap().messages)
        }
        Some(_) => Err("NO Mailbox is open read-only".to_owned()),
        None => Err("BAD No mailbox is open".to_owned()),
    }
}

fn search(
    world: &mut World,
    connection: &Connection,
    line: &Line,
    verb: &str,
    out: &mut Vec<u8>,
) -> Outcome {
    let by_uid = verb == "UID SEARCH";
    let messages = opened(world, connection, false)?;
    let keys = &line.words[if by_uid { 2 } else { 1 }..];
    let mut text = "* SEARCH".to_owned();
    for (at, message) in messages.iter().enumerate() {
        if search::matches(message, keys)? {
            let number = if by_uid { message.uid as usize } else { at + 1 };
            let _ = write!(text, " {number}");
        }
    }
    say(out, &text);
    Ok(format!("OK {verb} completed"))
}

fn fetch_messages(
    world: &mut World,
    connection: &Connection,
    line: &Line,
    out: &mut Vec<u8>,
) -> Outcome {
    let manners = world.manners.clone();
    let messages = opened(world, connection, false)?;
    let set = line.words[2].text();
    for (at, message) in messages.iter().enumerate() {
        if holds(&set, message.uid) {
            fetch::tell(out, at + 1, message, &line.text, &manners);
        }
    }
    Ok("OK UID FETCH completed".to_owned())
}

fn store(world: &mut World, connection: &Connection, line: &Line) -> Outcome {
    let messages = opened(world, connection, true)?;
    let (set, how) = (line.words[2].text(), line.words[3].text());
    let Some(Word::List(flags)) = line.words.get(4) else {
        return Err("BAD Missing flags".to_owned());
    };
    for message in messages.iter_mut().filter(|m| holds(&set, m.uid)) {
        for flag in flags.iter().map(Word::text) {
            if how.starts_with('-') {
                message.flags.retain(|one| !one.eq_ignore_ascii_case(&flag));
            } else {
                message.flags.insert(flag);
            }
        }
    }
    Ok("OK UID STORE completed".to_owned())
}

fn uid_expunge(
    world: &mut World,
    connection: &Connection,
    set: &str,
    out: &mut Vec<u8>,
) -> Outcome {
    let how = world.manners.uid_expunge;
    let messages = opened(world, connection, true)?;
    let mut more = usize::from(how == UidExpunge::OneMore);
    let mut goes = |message: &Message| match how {
        _ if holds(set, message.uid) => how == UidExpunge::Any || message.has("\\Deleted"),
        UidExpunge::OneMore => std::mem::take(&mut more) > 0,
        _ => false,
    };
    if how == UidExpunge::Unknown {
        return Err("BAD Command unrecognized: UID EXPUNGE".to_owned());
    }
    let (mut left, mut gone) = (Vec::new(), 0);
    for (at, message) in messages.drain(..).enumerate() {
        if goes(&message) {
            say(out, &format!("* {} EXPUNGE", at + 1 - gone));
            gone += 1;
        } else {
            left.push(message);
        }
    }
    *messages = left;
    Ok(format!("OK Expunged {gone} messages"))
}
