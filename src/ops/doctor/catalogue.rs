//! The codes of what a doctor finds (`docs/findings.md`). The severity is the verdict: info is a
//! note, an error ends `vmimap doctor` with status 4.

use crate::voicemail::notice::{CodeRow, Severity};

macro_rules! rows {
    ($($name:ident $code:literal $severity:ident $title:literal $cure:literal;)*) => {
        $(pub(super) const $name: CodeRow = CodeRow {
            code: $code,
            severity: Severity::$severity,
            title: $title,
            cure: $cure,
        };)*
        /// Every code of this module, in order.
        pub const CATALOGUE: &[CodeRow] = &[$($name),*];
    };
}

rows! {
    NO_NAME "VMD001" Error "the server's name has no address"
        "correct imapserver, or the name service of this machine";
    NO_PORT "VMD002" Error "the server cannot be reached"
        "start the server, open the firewall, or correct imapserver and imapport";
    SOME_ADDRESSES "VMD003" Warning "some of the server's addresses cannot be reached"
        "Asterisk tries one after the other and waits imapopentimeout for each; remove the dead ones from DNS";
    NO_GREETING "VMD004" Error "the server does not greet as an IMAP server does"
        "port 993 needs imapflags=ssl, port 143 must not have it";
    UNENCRYPTED "VMD005" Warning "passwords and voicemail cross the network without encryption"
        "set imapflags=tls (port 143) or imapflags=ssl with imapport=993";
    TLS_BY_CHANCE "VMD006" Info "TLS is used only because the server offers it"
        "imapflags=tls insists on it; without, somebody in between can take the offer away";
    NO_TLS "VMD007" Error "TLS does not come about"
        "Asterisk's mail library makes no connection without it: correct the server's TLS, or imapflags";
    UNTRUSTED "VMD008" Error "the certificate is not trusted, so Asterisk makes no connection"
        "install the authority in the system's store (/usr/local/share/ca-certificates, update-ca-certificates), or set imapflags=novalidate-cert";
    NOT_VALIDATED "VMD009" Warning "the certificate is not checked (novalidate-cert)"
        "anybody in between can read the passwords; drop novalidate-cert once the certificate is right";
    ONLY_EXTRA_CA "VMD010" Error "only --tls-ca trusts the certificate; Asterisk does not know that file"
        "install the authority in the system's store (update-ca-certificates) on the Asterisk machine";
    WRONG_NAME "VMD011" Error "the certificate is for another name, so Asterisk makes no connection"
        "write the name in the certificate into imapserver, or have a certificate made for this one";
    EXPIRED "VMD012" Error "a certificate of the server is out of its time"
        "renew it";
    EXPIRES_SOON "VMD013" Warning "a certificate of the server expires soon"
        "renew it in time; Asterisk then makes no connection";
    ODD_CERTIFICATE "VMD014" Warning "the certificate cannot be used by vmimap"
        "have an X.509 version 3 certificate made";
    OLD_STARTTLS "VMD019" Warning "Asterisk's mail library may not manage STARTTLS with this server"
        "c-client as Debian builds it offers TLS 1.0 alone after STARTTLS, which servers refuse today; imapport=993 and imapflags=ssl takes any version";
    ACCOUNT_UNUSABLE "VMD020" Error "voicemail.conf does not say how to log in for a mailbox"
        "correct the mailbox's options";
    LOGIN_REFUSED "VMD021" Error "the server refuses the login"
        "correct imapuser and imappassword (or authuser and authpassword)";
    NO_LOGIN "VMD022" Error "no login is possible"
        "look at the server's log; docs/logins.md has the ways to log in, and what each needs";
    TOO_MANY "VMD023" Error "the server takes no more connections of this user"
        "raise the server's limit per user and address (Dovecot: mail_max_userip_connections)";
    LOST "VMD024" Error "an account could not be looked at to the end"
        "look at the server's log and run again";
    NO_RIGHTS "VMD025" Error "whoever logs in lacks rights that Asterisk needs"
        "grant lrswite on the mailbox's folders";
    MASTER_RIGHTS "VMD026" Error "the master user lacks rights in the account it acts for"
        "with Dovecot's ACL plugin a master user has rights of his own: set acl_user = %u, or give them to him";
    OFFERED_IN_VAIN "VMD027" Info "the server offers a way to log in that it then refuses"
        "each account's first login costs a refusal: have the server keep passwords in a form that this way can use, or not offer it; auth in vmimap.toml names the one to use";
    NO_WAY_FOR_ASTERISK "VMD028" Error "Asterisk's mail library knows none of the ways to log in that the server offers"
        "have the server offer PLAIN (under TLS) or CRAM-MD5, and take secure out of imapflags where a password has to be sent";
    NO_INBOX "VMD029" Error "the account has no INBOX yet"
        "the server's administrator has to make it: vmimap provision --as-admin USER";
    NO_UIDPLUS "VMD030" Warning "the server has no UIDPLUS"
        "vmimap cannot remove single messages there, and refuses rather than to expunge others' mail; expunge --lift-foreign-marks is a way round, and racy";
    NO_QUOTA "VMD031" Info "the server has no QUOTA"
        "Asterisk cannot tell that an account is full: a message that does not fit is lost while the caller hears that it was saved";
    NO_EXTENSION "VMD032" Info "the server lacks an extension that would help"
        "";
    APPEND_LIMIT "VMD033" Error "the server takes no message as large as Asterisk may store"
        "lower maxsecs, choose a smaller format, or raise the server's limit";
    FOLDER_MISSING "VMD040" Info "folders do not exist yet"
        "vmimap provision makes and subscribes them; Asterisk makes them when it first counts them, unsubscribed";
    FOLDER_IMPOSSIBLE "VMD041" Error "the server cannot have the folder that Asterisk opens"
        "every folder there begins with the namespace's prefix: write it into imapfolder, and set imapparentfolder to INBOX";
    PARENT_FOLDER "VMD042" Warning "with imapparentfolder the phone's save-to-folder does not work"
        "Asterisk reads below imapparentfolder and saves beside it; leave imapparentfolder out where the server allows";
    OWN_FOLDER "VMD043" Warning "a mailbox's imapfolder differs from the general one"
        "keeping a message as new doubles it, keeping it as old hides it in Old; use one imapfolder for all";
    STRANDED "VMD044" Warning "messages lie in a folder that no phone opens"
        "Asterisk keeps heard messages in imapfolder; vmimap list shows whose they are";
    FOREIGN_FOLDER "VMD045" Warning "the folder's name has another delimiter than the server"
        "write it with the server's own delimiter";
    DELIMITERS "VMD046" Error "servers have different delimiters, and Asterisk asks the first one only"
        "use one server, or no imapparentfolder";
    BAD_FOLDER_NAME "VMD047" Error "a folder's name cannot exist on a server"
        "correct imapfolder or imapparentfolder";
    WILL_EXPUNGE "VMD050" Error "other people's mail marked \\Deleted lies where Asterisk expunges"
        "the next caller who leaves a message removes it for good: let its owner decide first, set expungeonhangup=no, or give voicemail a folder of its own (imapfolder)";
    MAY_EXPUNGE "VMD051" Warning "other people's mail marked \\Deleted lies where a phone expunges"
        "the next message deleted by phone removes it too: let its owner decide, or give voicemail a folder of its own (imapfolder)";
    SHARED_INBOX "VMD052" Info "voicemail lies in the owner's INBOX, where Asterisk expunges"
        "what the owner marks \\Deleted is gone at the next EXPUNGE; imapfolder=voicemail keeps them apart";
    CROSS_TALK "VMD053" Error "a phone counts, plays and deletes another mailbox's messages"
        "give each mailbox an account or an imapfolder of its own: Asterisk searches by substring";
    CROSS_TALK_FOLDERS "VMD054" Warning "a phone shows another mailbox's saved messages"
        "give each mailbox an account of its own: Asterisk searches by substring";
    GREETINGS_IN_INBOX "VMD055" Warning "greetings are stored among the voicemail"
        "set greetingsfolder: else they are counted, played and deleted as messages";
    GREETINGS_SHARED "VMD056" Warning "mailboxes of one account share their greetings"
        "give each mailbox an account of its own, or keep greetings in files (imapgreetings=no)";
    FULL_LIST "VMD057" Error "a mailbox has maxmsg messages: callers are refused"
        "have messages deleted, or raise maxmsg; after refusals restart Asterisk, which leaks a place for each";
    OVERFULL_LIST "VMD058" Error "old messages are more than maxmsg: Asterisk crashes when the last one is played"
        "raise maxmsg above their number, or have messages deleted";
    NEARLY_FULL "VMD059" Warning "a mailbox is close to maxmsg"
        "new, urgent and old messages count together; have messages deleted, or raise maxmsg";
    TIMEOUT_ENDLESS "VMD060" Warning "a timeout is switched off"
        "a server that hangs then hangs the call, and Asterisk's reload with it; leave it at 60";
    TIMEOUT_LONG "VMD061" Warning "a timeout is longer than any caller waits"
        "set 5 to 60 seconds";
    MANY_CONNECTIONS "VMD062" Warning "one account may need more connections than servers commonly allow"
        "raise the limit per user and address (Dovecot: mail_max_userip_connections, 10; Courier: MAXPERIP), or set imap_poll_logout=yes";
    QUOTA_BLIND "VMD063" Warning "Asterisk looks at one quota resource of several"
        "a message over the other one is lost while the caller hears that it was saved; limit STORAGE alone";
    READ_ONLY "VMD064" Error "imapflags=readonly: Asterisk can store nothing"
        "remove readonly from imapflags";
    NO_MESSAGES "VMD065" Info "maxmsg=0: mailboxes take greetings only"
        "set maxmsg above 0 to take messages";
    LIFTED "VMD066" Error "others' messages lack the \\Deleted that a cut run has taken off"
        "any run of vmimap expunge or expire puts it back first";
    SLOW_SEARCH "VMD070" Warning "the search that Asterisk sends takes more than a second"
        "callers and phones wait for three of them each time; have the server index headers, or keep voicemail in a folder of its own";
    SEARCH_TIMEOUT "VMD071" Error "the search that Asterisk sends takes longer than imapreadtimeout"
        "have the server index headers, or keep voicemail in a folder of its own; raising imapreadtimeout only lets callers wait";
    CLOCK_SKEW "VMD072" Warning "the server's clock differs from this machine's"
        "run a time service on both: messages are dated by Asterisk and sorted by the server";
    SHADOWING "VMD080" Error "message files in the spool are played in place of IMAP messages, then deleted"
        "vmimap migrate them, then vmimap retire moves what is in IMAP out of the spool (greetings stay), before Asterisk runs with IMAP";
    CRASH_LEFTOVER "VMD081" Error "half a message lies in the spool: Asterisk crashes when that number is played"
        "stop Asterisk or make sure nobody listens, and move the files away";
    BEING_PLAYED "VMD082" Info "message files in the spool are very young: perhaps a phone is playing them"
        "look again when nobody listens";
    SPOOL_UNREADABLE "VMD083" Error "a part of the spool cannot be read"
        "run as a user who may read the whole spool, usually asterisk or root";
    PROBE_FAILED "VMD090" Error "the probe failed"
        "what is refused to the probe is refused to vmimap migrate as well: look at rights, quota and the server's log";
    PROBE_LEFT "VMD091" Error "the probe could not be removed again"
        "remove the folder with any mail client";
    PROBE_DIFFERS "VMD092" Error "the probe came back different"
        "the server, or something before it, changes messages: recordings would be damaged";
    NO_PROBE_EXPUNGE "VMD093" Warning "single messages cannot be expunged"
        "the probe's own folder was deleted instead";
    NO_MANAGER "VMD100" Error "the manager interface cannot be used to refresh lamps"
        "look at enabled, bindaddr, permit and the user's secret in manager.conf, and at [lamps] in vmimap.toml";
    LAMPS_NOT_ALLOWED "VMD101" Error "the manager interface does not let this user refresh lamps"
        "give the user write = user in manager.conf, and have app_voicemail loaded";
}
