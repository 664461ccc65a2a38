//! Making the folders of an account: pipelines, since each folder by itself costs many round trips.
//!
//! CREATE (with RFC 6154's special use), SUBSCRIBE, SETACL (RFC 4314); what is missing is said,
//! what is refused stands in its place, and the others go on. Takes nothing away: no folder is
//! renamed or removed. Source: RFC 3501 §6.3.3, §6.3.6. Invariant: a folder that is there
//! afterwards is no failure, whatever the server said to CREATE; only one brand says ALREADYEXISTS.

use std::collections::HashSet;

use super::super::error::StoreError;
use super::super::link::{ignore, lock};
use super::super::name::MailboxName;
use super::super::types::{ListedFolder, Refusal};
use super::Session;
use super::folders::{Ensured, Overview, read_list};
use super::pipeline::Command;
use super::wishes::{FolderOutcome, FolderWish, Made, Step};

impl Session {
    /// Makes folders as they are wished: creates those that `known` does not show (shorter names
    /// first, so parents come before their children), subscribes, and gives rights; 8 commands a
    /// round trip. Safe to repeat, and against someone else doing the same. The outcome has the
    /// order of `wishes`.
    ///
    /// A special use is asked for with CREATE where CREATE-SPECIAL-USE is announced; a server that
    /// will not have it is asked for the folder without it. `Done` is what the server says: Dovecot
    /// 2.3, made to announce the extension, says OK and forgets the use. Rights are given again on
    /// each run: the server is not asked what they are.
    ///
    /// # Errors
    /// What ends the session; `OutcomeUnknown` where the connection broke meanwhile: some of it may
    /// be done. Look, and repeat.
    pub fn provision(
        &mut self,
        wishes: &[FolderWish],
        known: &Overview,
    ) -> Result<Vec<FolderOutcome>, StoreError> {
        let mut outcomes: Vec<_> = wishes
            .iter()
            .map(|w| FolderOutcome::before(w, known))
            .collect();
        let subscribed = self.subscribed_before(wishes, &outcomes)?;
        let delimiter = known.namespace.delimiter;
        let delimiter = delimiter.or_else(|| known.delimiter_as_asterisk());
        self.create_missing(wishes, delimiter, &mut outcomes)?;
        self.subscribe_wished(wishes, &subscribed, &mut outcomes)?;
        self.grant_wished(wishes, &mut outcomes)?;
        Ok(outcomes)
    }

    /// Makes and subscribes those of `names` that `known` does not show, as
    /// [`provision`](Self::provision) does. Safe to repeat. The outcome has the order of `names`.
    ///
    /// A folder that could not be made is an `Err` in its place; one that could not be subscribed
    /// is there, and a warning.
    ///
    /// # Errors
    /// What ends the session; `OutcomeUnknown` where the connection broke meanwhile.
    pub fn ensure_folders(
        &mut self,
        names: &[MailboxName],
        known: &Overview,
    ) -> Result<Vec<Result<Ensured, StoreError>>, StoreError> {
        let wishes: Vec<_> = names
            .iter()
            .map(|name| FolderWish {
                name: name.clone(),
                create: true,
                subscribe: !name.is_inbox() && !known.has(name),
                special_use: None,
                acl: Vec::new(),
            })
            .collect();
        let outcomes = self.provision(&wishes, known)?;
        let mut link = lock(&self.link);
        let ensured = outcomes.into_iter().map(|outcome| {
            let refused = |verb: &str, refusal| StoreError::Refused {
                command: format!("{verb} {}", outcome.name),
                refusal,
            };
            if let Step::Refused(refusal) = outcome.subscription {
                link.warn(&refused("SUBSCRIBE", refusal).to_string());
            }
            match outcome.folder {
                Made::Created => Ok(Ensured::Created),
                Made::Existed | Made::Missing => Ok(Ensured::Existed),
                Made::Refused(refusal) | Made::NoChildrenBelow(_, refusal) => {
                    Err(refused("CREATE", refusal))
                }
            }
        });
        Ok(ensured.collect())
    }

    /// Creates what is missing and wished, and looks again where the server refused.
    fn create_missing(
        &mut self,
        wishes: &[FolderWish],
        delimiter: Option<char>,
        outcomes: &mut [FolderOutcome],
    ) -> Result<(), StoreError> {
        let offered = self.capabilities.has("CREATE-SPECIAL-USE");
        let mut missing: Vec<usize> = (0..wishes.len())
            .filter(|&at| wishes[at].create && outcomes[at].folder == Made::Missing)
            .collect();
        // Stable, so that the caller's order decides among equals.
        missing.sort_by_key(|&at| wishes[at].name.as_wire().len());
        let wanted = |at: usize| wishes[at].special_use.filter(|_| offered);
        for &at in &missing {
            if wishes[at].special_use.is_some() && !offered {
                outcomes[at].special_use = Step::NotOffered;
            }
        }
        let create =
            |at: usize, arguments: &str| Command::on("CREATE", &wishes[at].name, arguments);
        let with_use = missing.iter().map(|&at| match wanted(at) {
            Some(special) => create(at, &format!(" (USE ({}))", special.attribute())),
            None => create(at, ""),
        });
        self.create_each(&missing, &with_use.collect::<Vec<_>>(), delimiter, outcomes)?;
        // Rather the folder without its use than none at all.
        let mut again = Vec::new();
        for &at in missing.iter().filter(|&&at| wanted(at).is_some()) {
            let outcome = &mut outcomes[at];
            outcome.special_use = match &outcome.folder {
                Made::Created => Step::Done,
                Made::Refused(refusal) | Made::NoChildrenBelow(_, refusal) => {
                    again.push(at);
                    Step::Refused(refusal.clone())
                }
                Made::Existed | Made::Missing => Step::OnlyAtCreation,
            };
        }
        let without: Vec<_> = again.iter().map(|&at| create(at, "")).collect();
        self.create_each(&again, &without, delimiter, outcomes)
    }

    /// Sends CREATE for some of the wishes and puts down what became of the folders.
    fn create_each(
        &mut self,
        which: &[usize],
        commands: &[Command],
        delimiter: Option<char>,
        outcomes: &mut [FolderOutcome],
    ) -> Result<(), StoreError> {
        let answers = self.pipeline(commands, &mut ignore)?;
        let mut refused = Vec::new();
        for (&at, answer) in which.iter().zip(answers) {
            match answer {
                Ok(()) => outcomes[at].folder = Made::Created,
                Err(refusal) => refused.push((at, refusal)),
            }
        }
        self.look_again(refused, delimiter, outcomes)
    }

    /// Whether refused folders are there all the same, or below a parent that can have none.
    fn look_again(
        &mut self,
        refused: Vec<(usize, Refusal)>,
        delimiter: Option<char>,
        outcomes: &mut [FolderOutcome],
    ) -> Result<(), StoreError> {
        let mut questions = Vec::new();
        let mut asked = HashSet::new();
        for (at, _) in &refused {
            let name = &outcomes[*at].name;
            for name in parents(name, delimiter).chain([name.clone()]) {
                if asked.insert(name.clone()) {
                    let line = format!("LIST \"\" {}", name.quoted());
                    questions.push(Command::question(line, "LIST"));
                }
            }
        }
        let mut found: Vec<ListedFolder> = Vec::new();
        self.pipeline(&questions, &mut |u| read_list(&u, &mut found))?;
        for (at, refusal) in refused {
            let name = &outcomes[at].name;
            let there = found.iter().any(|f| f.selectable && f.name == *name);
            let childless = parents(name, delimiter).find(|parent| {
                let mut listed = found.iter().filter(|f| f.name == *parent);
                listed.any(|f| f.has_attribute("\\NoInferiors"))
            });
            outcomes[at].folder = match childless {
                _ if there || refusal.code.as_deref() == Some("ALREADYEXISTS") => Made::Existed,
                Some(parent) => Made::NoChildrenBelow(parent, refusal),
                None => Made::Refused(refusal),
            };
        }
        Ok(())
    }

    /// The folders that are subscribed to; none where the server refuses to say, so that
    /// whoever wants them subscribed asks for it (again), which is safe.
    ///
    /// # Errors
    /// What ends the session.
    pub fn subscriptions(&mut self) -> Result<HashSet<MailboxName>, StoreError> {
        match self.subscribed() {
            Ok(names) => Ok(names.into_iter().collect()),
            Err(StoreError::Refused { .. }) => Ok(HashSet::new()),
            Err(error) => Err(error),
        }
    }

    /// The subscriptions, where a folder that exists is to be subscribed to. For new ones asking
    /// costs as much as subscribing (again).
    fn subscribed_before(
        &mut self,
        wishes: &[FolderWish],
        outcomes: &[FolderOutcome],
    ) -> Result<HashSet<MailboxName>, StoreError> {
        let mut both = wishes.iter().zip(outcomes);
        if both.any(|(wish, outcome)| wish.subscribe && outcome.folder.is_there()) {
            self.subscriptions()
        } else {
            Ok(HashSet::new())
        }
    }

    fn subscribe_wished(
        &mut self,
        wishes: &[FolderWish],
        subscribed: &HashSet<MailboxName>,
        outcomes: &mut [FolderOutcome],
    ) -> Result<(), StoreError> {
        let open = |at: &usize| wishes[*at].subscribe && outcomes[*at].folder.is_there();
        let which: Vec<usize> = (0..wishes.len()).filter(open).collect();
        let (already, missing): (Vec<_>, Vec<_>) = which
            .into_iter()
            .partition(|&at| subscribed.contains(&wishes[at].name));
        for at in already {
            outcomes[at].subscription = Step::Already;
        }
        let commands = missing
            .iter()
            .map(|&at| Command::on("SUBSCRIBE", &wishes[at].name, ""));
        let answers = self.pipeline(&commands.collect::<Vec<_>>(), &mut ignore)?;
        for (at, answer) in missing.into_iter().zip(answers) {
            outcomes[at].subscription = answer.map_or_else(Step::Refused, |()| Step::Done);
        }
        Ok(())
    }

    fn grant_wished(
        &mut self,
        wishes: &[FolderWish],
        outcomes: &mut [FolderOutcome],
    ) -> Result<(), StoreError> {
        let offered = self.capabilities.has("ACL");
        let mut commands = Vec::new();
        let mut places = Vec::new();
        for (at, wish) in wishes.iter().enumerate() {
            for (entry, grant) in wish.acl.iter().enumerate() {
                let step = &mut outcomes[at].acl[entry];
                if *step == Step::NoFolder && outcomes[at].folder.is_there() {
                    *step = Step::NotOffered;
                    if offered {
                        let arguments = format!(" {}", grant.arguments());
                        commands.push(Command::on("SETACL", &wish.name, &arguments));
                        places.push((at, entry));
                    }
                }
            }
        }
        let answers = self.pipeline(&commands, &mut ignore)?;
        for ((at, entry), answer) in places.into_iter().zip(answers) {
            outcomes[at].acl[entry] = answer.map_or_else(Step::Refused, |()| Step::Done);
        }
        Ok(())
    }
}

/// The folders a name lies below, the nearest first.
fn parents(name: &MailboxName, delimiter: Option<char>) -> impl Iterator<Item = MailboxName> {
    let ends = delimiter
        .into_iter()
        .flat_map(|d| name.as_wire().rmatch_indices(d));
    ends.filter_map(|(end, _)| MailboxName::from_wire(&name.as_wire()[..end]).ok())
}
