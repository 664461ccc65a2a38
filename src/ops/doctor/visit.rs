//! A visit to one account: one login, a few questions, nothing changed (EXAMINE only).
//!
//! Yields checks about this account, and the facts that are judged together with those of the
//! other accounts of its server.

use std::collections::HashSet;
use std::time::Duration;

use super::catalogue as code;
use super::check::{Check, Group};
use super::{deleted, folders, login, rights, search};
use crate::mailstore::capability::Capabilities;
use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Overview, Session, Way};
use crate::mailstore::types::{Answered, FolderStatus, QuotaRoot};
use crate::ops::error::{BoxError, Kind};
use crate::ops::fleet;
use crate::ops::folders::FolderMap;
use crate::ops::index::Layout;
use crate::ops::lane::{Connector, Lane};
use crate::ops::quota::limit::{limits, watched};
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::vmbox::VoicemailBox;

/// An account to be visited.
pub struct Patient<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// The account and its boxes.
    pub group: &'a fleet::Group,
    /// At most so many of its boxes are searched for.
    pub most_boxes: usize,
}

/// What a visit yields.
#[derive(Debug, Default)]
pub struct Visit {
    /// What was found in this account.
    pub checks: Vec<Check>,
    /// What is judged together with other accounts; `None` where nobody could log in.
    pub facts: Option<Facts>,
    /// How the visit failed, if it did.
    pub failed: Option<Kind>,
}

/// What a visit tells about the server.
#[derive(Debug, Clone)]
pub struct Facts {
    /// `user@host:port`.
    pub label: String,
    /// Who logged in for it, where that is somebody else.
    pub auth_user: Option<String>,
    /// How his login names both users, where it is one name.
    pub user_format: Option<String>,
    /// What login took, after connecting.
    pub login: Duration,
    /// How it was done.
    pub way: Way,
    /// The ways to log in that the server offers, as it names them.
    pub offered: Vec<String>,
    /// What the server can do.
    pub capabilities: Capabilities,
    /// The delimiter as Asterisk finds it.
    pub delimiter: Option<char>,
    /// The greatest number of messages in an imapfolder, and what searching it took.
    pub search: Option<search::Timing>,
}

/// What is known of an account's folders when it is judged.
pub(super) struct Chart<'a> {
    pub(super) conf: &'a VoicemailConf,
    /// `user@host:port`.
    pub(super) label: &'a str,
    pub(super) auth_user: Option<&'a str>,
    pub(super) overview: &'a Overview,
    pub(super) layout: Layout,
    /// The folders that exist, INBOX always among them, with their status.
    pub(super) there: Vec<(MailboxName, Answered<FolderStatus>)>,
}

impl Chart<'_> {
    /// The status of a folder; `None` where there is none, or the server does not tell.
    pub(super) fn status(&self, name: &MailboxName) -> Option<&FolderStatus> {
        let found = self.there.iter().find(|(known, _)| known == name)?;
        found.1.as_ref().ok()
    }

    /// Whether the folder is there, though perhaps not to be opened.
    pub(super) fn is_there(&self, name: &MailboxName) -> bool {
        self.there.iter().any(|(known, _)| known == name)
    }

    /// The imapfolders of the account's boxes that can be opened, each once.
    pub(super) fn imapfolders(&self) -> Vec<&MailboxName> {
        let mut seen = HashSet::new();
        let all = self.layout.maps.iter().map(FolderMap::imapfolder);
        all.filter(|name| self.status(name).is_some() && seen.insert(*name))
            .collect()
    }

    /// The boxes of the account, in the order of `layout`.
    pub(super) fn boxes(&self) -> &[VoicemailBox] {
        &self.layout.boxes
    }
}

/// Visits an account.
#[must_use]
pub fn visit(patient: &Patient<'_>, connector: &Connector) -> Visit {
    let Ok(account) = &patient.group.account else {
        return Visit::default();
    };
    let label = account.label().to_owned();
    let auth_user = account.auth_user().map(str::to_owned);
    let mut lane = Lane::new(connector, account.clone());
    let mut facts = None;
    let looked = lane.ask(|session, overview| {
        facts = Some(Facts {
            label: label.clone(),
            auth_user: auth_user.clone(),
            user_format: account
                .joining(session.way().mechanism)
                .map(ToString::to_string),
            login: session.handshake().login,
            way: session.way().clone(),
            offered: login::offered(session.capabilities_before_login()),
            capabilities: session.capabilities().clone(),
            delimiter: overview.delimiter_as_asterisk(),
            search: None,
        });
        look(patient, &label, auth_user.as_deref(), session, overview)
    });
    lane.close();
    match looked {
        Ok((checks, timing)) => Visit {
            checks,
            facts: facts.map(|facts| Facts {
                search: timing,
                ..facts
            }),
            failed: None,
        },
        Err(error) => Visit {
            checks: vec![failure(&label, &error, facts.is_some())],
            failed: Some(error.kind()),
            facts,
        },
    }
}

type Looked = (Vec<Check>, Option<search::Timing>);

fn look(
    patient: &Patient<'_>,
    label: &str,
    auth_user: Option<&str>,
    session: &mut Session,
    overview: &Overview,
) -> Result<Looked, StoreError> {
    if let Some(found) = without_inbox(label, session, overview)? {
        return Ok((vec![found], None));
    }
    let all = patient.group.boxes.iter().chain(&patient.group.neighbours);
    let layout = match Layout::new(patient.conf, all.cloned().collect(), overview) {
        Ok(layout) => layout,
        Err(error) => {
            let row = &code::BAD_FOLDER_NAME;
            let found = Check::finding(row, Group::Folders, "names", label, error.to_string());
            return Ok((vec![found], None));
        }
    };
    let names: Vec<MailboxName> = std::iter::once(MailboxName::inbox())
        .chain(layout.shelves.iter().map(|shelf| shelf.name.clone()))
        .chain(folders::strays(patient.conf))
        .chain(folders::greetings(patient.conf))
        .filter(|name| name.is_inbox() || overview.has(name))
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    let status = session.status_of(&names)?;
    let mut chart = Chart {
        conf: patient.conf,
        label,
        auth_user,
        overview,
        layout,
        there: names.into_iter().zip(status).collect(),
    };
    chart.there.sort_by(|one, other| one.0.cmp(&other.0));
    let mut checks = Vec::new();
    let opened = rights::check(&chart, session, &mut checks)?;
    folders::check(&chart, &mut checks);
    quota(&chart, &mut checks);
    let mut timing = None;
    if opened {
        deleted::check(&chart, session, &mut checks)?;
        let boxes = patient.group.boxes.len();
        timing = search::check(&chart, boxes, patient.most_boxes, session, &mut checks)?;
    }
    Ok((checks, timing))
}

/// An account that Cyrus lets in before its administrator has made it: no folder is listed, and
/// INBOX is refused. Where names begin cannot be known then.
fn without_inbox(
    label: &str,
    session: &mut Session,
    overview: &Overview,
) -> Result<Option<Check>, StoreError> {
    // Others' INBOXes may be hidden from a master user, whom `rights` judges.
    let nameless =
        overview.namespaces.personal.is_empty() && session.capabilities().has("NAMESPACE");
    if !overview.folders.is_empty() || !nameless {
        return Ok(None);
    }
    let answered = session.status_of(&[MailboxName::inbox()])?.pop();
    let Some(Err(refusal)) = answered else {
        return Ok(None);
    };
    let text = format!("it is let in and has no folder at all: INBOX is refused: {refusal}");
    Ok(Some(Check::finding(
        &code::NO_INBOX,
        Group::Login,
        "INBOX",
        label,
        text,
    )))
}

/// The limit Asterisk compares, where there are others.
fn quota(chart: &Chart<'_>, checks: &mut Vec<Check>) {
    let roots = chart.overview.quota.as_deref().unwrap_or_default();
    checks.extend(overlooked(roots).map(|text| {
        let row = &code::QUOTA_BLIND;
        Check::finding(row, Group::Hazards, "quota", chart.label, text)
    }));
}

fn overlooked(roots: &[QuotaRoot]) -> Option<String> {
    let compared = watched(roots);
    let mut all = limits(roots).into_iter();
    let other = all.find(|limit| Some(limit) != compared.as_ref())?;
    let compared = compared.map_or_else(|| "no limit".to_owned(), |limit| limit.to_string());
    Some(format!(
        "Asterisk compares {compared} and overlooks {other}"
    ))
}

/// An account that could not be looked at, or not to the end.
fn failure(label: &str, error: &BoxError, logged_in: bool) -> Check {
    if let BoxError::Store(StoreError::Timeout { doing }) = error
        && doing.starts_with(search::DOING)
    {
        let row = &code::SEARCH_TIMEOUT;
        return Check::finding(row, Group::Time, "search", label, error.to_string());
    }
    let row = match error {
        BoxError::NoSession(StoreError::LoginRefused(_)) => &code::LOGIN_REFUSED,
        BoxError::NoSession(StoreError::TooManyConnections(_)) => &code::TOO_MANY,
        BoxError::AsMaster { .. } => &code::MASTER_RIGHTS,
        _ if logged_in => &code::LOST,
        _ => &code::NO_LOGIN,
    };
    Check::finding(row, Group::Login, "login", label, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailstore::types::Resource;

    #[test]
    fn a_limit_that_asterisk_does_not_compare_is_overlooked() {
        let root = |name: &str, resources: &[&str]| QuotaRoot {
            name: name.to_owned(),
            resources: resources
                .iter()
                .map(|resource| Resource {
                    name: (*resource).to_owned(),
                    used: 1,
                    limit: 9,
                })
                .collect(),
        };
        let of = |roots: &[QuotaRoot]| overlooked(roots).unwrap_or_default();
        assert_eq!(of(&[root("a", &["MESSAGE"])]), "");
        assert_eq!(
            of(&[root("a", &["STORAGE", "MESSAGE"])]),
            "Asterisk compares MESSAGE 1 of 9 (root \"a\") and overlooks STORAGE 1.0 KiB of 9.0 KiB \
             (root \"a\")"
        );
        // It looks at the last root only, be that one without a limit.
        let two = [root("a", &["STORAGE"]), root("b", &["STORAGE"])];
        assert!(
            of(&two)
                .ends_with("(root \"b\") and overlooks STORAGE 1.0 KiB of 9.0 KiB (root \"a\")")
        );
        let none = [root("a", &["STORAGE"]), root("b", &[])];
        assert!(of(&none).starts_with("Asterisk compares no limit and overlooks STORAGE"));
    }

    #[test]
    fn a_search_that_is_never_answered_is_told_from_other_silence() {
        let code = |doing: &str| {
            let doing = doing.to_owned();
            failure("u", &BoxError::Store(StoreError::Timeout { doing }), true).code
        };
        assert_eq!(code("SEARCH in INBOX"), Some("VMD071"));
        assert_eq!(code("UID SEARCH in INBOX"), Some("VMD024"));
        assert_eq!(code("STATUS INBOX"), Some("VMD024"));
    }
}
