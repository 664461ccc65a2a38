//! The names of all options, whether they matter here or not.
//!
//! Source: `app_voicemail.c`, `actual_load_config` and `apply_option`; `app_directory.c`.

/// Options of `[general]`, in lower case.
pub(super) const GENERAL_OPTIONS: &[&str] = &[
    "adsifdn",
    "adsisec",
    "adsiver",
    "aliasescontext",
    "attach",
    "authpassword",
    "authuser",
    "backupdeleted",
    "callback",
    "charset",
    "cidinternalcontexts",
    "dialout",
    "directoryintro",
    "emailbody",
    "emaildateformat",
    "emailsubject",
    "envelope",
    "exitcontext",
    "expungeonhangup",
    "externnotify",
    "externpass",
    "externpasscheck",
    "externpassnotify",
    "forcegreetings",
    "forcename",
    "format",
    "forward_urgent_auto",
    "fromstring",
    "greetingfolder",
    "greetingsfolder",
    "imap_poll_logout",
    "imapclosetimeout",
    "imapflags",
    "imapfolder",
    "imapgreetings",
    "imapopentimeout",
    "imapparentfolder",
    "imapport",
    "imapreadtimeout",
    "imapserver",
    "imapwritetimeout",
    "leaveurgent",
    "listen-control-forward-key",
    "listen-control-pause-key",
    "listen-control-restart-key",
    "listen-control-reverse-key",
    "listen-control-stop-key",
    "locale",
    "mailcmd",
    "maxgreet",
    "maxlogins",
    "maxmessage",
    "maxmsg",
    "maxsecs",
    "maxsilence",
    "messagewrap",
    "minmessage",
    "minpassword",
    "minsecs",
    "moveheard",
    "nextaftercmd",
    "odbc_audio_on_disk",
    "odbcstorage",
    "odbctable",
    "operator",
    "pagerbody",
    "pagerdateformat",
    "pagerfromstring",
    "pagersubject",
    "passwordlocation",
    "pbxskip",
    "pollfreq",
    "pollmailboxes",
    "review",
    "saycid",
    "sayduration",
    "saydurationm",
    "searchcontexts",
    "sendvoicemail",
    "serveremail",
    "silencethreshold",
    "skipms",
    "smdienable",
    "smdiport",
    "tempgreetwarn",
    "tps_queue_high",
    "tps_queue_low",
    "tz",
    "usedirectory",
    "userscontext",
    "vm-invalid-password",
    "vm-login",
    "vm-mismatch",
    "vm-newpassword",
    "vm-newuser",
    "vm-passchanged",
    "vm-password",
    "vm-pls-try-again",
    "vm-prepend-timeout",
    "vm-reenterpassword",
    "volgain",
];

/// Options of a mailbox that Asterisk knows and this program has no use for, in lower case, with
/// the most octets it keeps of each; 0 stands for numbers and switches.
pub(super) const OTHER_MAILBOX_OPTIONS: &[(&str, usize)] = &[
    ("attach", 0),
    ("attachextrecs", 0),
    ("attachfmt", 19),
    ("backupdeleted", 0),
    ("callback", 79),
    ("delete", 0),
    ("deletevoicemail", 0),
    ("dialout", 79),
    ("envelope", 0),
    ("exitcontext", 79),
    ("forcegreetings", 0),
    ("forcename", 0),
    ("hidefromdir", 0),
    ("language", 39),
    ("leaveurgent", 0),
    ("messagewrap", 0),
    ("minsecs", 0),
    ("moveheard", 0),
    ("nextaftercmd", 0),
    ("operator", 0),
    ("passwordlocation", 0),
    ("review", 0),
    ("saycid", 0),
    ("sayduration", 0),
    ("saydurationm", 0),
    ("sendvoicemail", 0),
    ("tempgreetwarn", 0),
    ("volgain", 0),
];

/// The options that have to do with IMAP, in lower case.
const IMAP_OPTIONS: &[&str] = &[
    "imapfolder",
    "imapflags",
    "imappassword",
    "imapport",
    "imapsecret",
    "imapserver",
    "imapuser",
    "imapvmshareid",
];

/// The other options of a mailbox that this program reads, in lower case.
const READ_OPTIONS: &[&str] = &[
    "emailbody",
    "emailsubject",
    "fromstring",
    "locale",
    "maxmessage",
    "maxmsg",
    "maxsecs",
    "options",
    "serveremail",
    "tz",
];

/// Whether Asterisk knows an option of a mailbox by this name, in lower case.
pub(super) fn is_mailbox_option(name: &str) -> bool {
    IMAP_OPTIONS.contains(&name)
        || READ_OPTIONS.contains(&name)
        || OTHER_MAILBOX_OPTIONS.iter().any(|(one, _)| *one == name)
}

/// Whether the text begins with an IMAP option, blanks aside: `imapuser=...`.
pub(super) fn begins_with_imap_option(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim();
        IMAP_OPTIONS
            .iter()
            .any(|one| name.eq_ignore_ascii_case(one))
    })
}
