//! Rules about where a message lies and whose it is.

use super::super::catalogue::{account as code, greetings};
use super::{Check, Fault, Owner, Stored, quoted};
use crate::voicemail::greeting::Greeting;
use crate::voicemail::header::VmHeader;

/// The rules of this file.
pub const CHECKS: &[Check] = &[
    not_found,
    wrong_account,
    nobodys,
    closed_folder,
    deleted,
    greeting_among,
    caller_channel,
    no_date,
];

fn not_found(stored: &Stored<'_>) -> Option<Fault> {
    if stored.owner != Owner::Unnamed {
        return None;
    }
    let missing: Vec<&str> = [VmHeader::Extension, VmHeader::Context]
        .into_iter()
        .map(VmHeader::name)
        .filter(|name| {
            let field = stored.fields.first(name);
            field.is_none_or(|field| field.line.trim_ascii().is_empty() && !field.folded)
        })
        .collect();
    Some(Fault::new(
        &code::NOT_FOUND,
        format!("no value of {}", missing.join(" and ")),
    ))
}

fn wrong_account(stored: &Stored<'_>) -> Option<Fault> {
    match &stored.owner {
        Owner::Elsewhere(vmbox) => Some(Fault::new(
            &code::WRONG_ACCOUNT,
            format!("belongs to {}", quoted(&vmbox.to_string())),
        )),
        _ => None,
    }
}

fn nobodys(stored: &Stored<'_>) -> Option<Fault> {
    match &stored.owner {
        Owner::Nobody(vmbox) => Some(Fault::new(
            &code::NOBODYS,
            format!("names {}", quoted(&vmbox.to_string())),
        )),
        _ => None,
    }
}

fn closed_folder(stored: &Stored<'_>) -> Option<Fault> {
    let elsewhere = matches!(stored.owner, Owner::Elsewhere(_));
    let hidden = !stored.opened && !elsewhere && greeting(stored).is_none();
    hidden.then(|| Fault::new(&code::CLOSED_FOLDER, "no phone opens this folder"))
}

fn deleted(stored: &Stored<'_>) -> Option<Fault> {
    let deleted = stored.flags.deleted;
    deleted.then(|| Fault::new(&code::DELETED, "\\Deleted is set"))
}

/// The kind of greeting that a message calls itself.
fn greeting(stored: &Stored<'_>) -> Option<Greeting> {
    let kind = stored.fields.first(VmHeader::MessageType.name())?;
    let kind = std::str::from_utf8(kind.line.trim_ascii()).ok()?;
    Greeting::from_name(&kind.to_ascii_lowercase())
}

/// Greetings in a folder of their own never come here.
fn greeting_among(stored: &Stored<'_>) -> Option<Fault> {
    let found = format!("the greeting {:?}", greeting(stored)?.as_str());
    let rule = if stored.opened {
        &code::GREETING_AMONG
    } else {
        &greetings::UNUSED
    };
    Some(Fault::new(rule, found))
}

fn caller_channel(stored: &Stored<'_>) -> Option<Fault> {
    let field = stored.fields.first("X-Asterisk-VM-Caller-channel")?;
    let found = super::quoted_octets(field.line.trim_ascii());
    Some(Fault::new(&code::CALLER_CHANNEL, found))
}

fn no_date(stored: &Stored<'_>) -> Option<Fault> {
    let none = stored.internal_date.is_none();
    none.then(|| Fault::new(&code::NO_DATE, "the server sent none that could be read"))
}
