# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_vmimap_global_optspecs
    string join \n voicemail-conf= config= allow-exec state-dir= server= port= imapflags= auth-user= password-file= tls-ca= tls-insecure allow-plaintext timeout= j/jobs= json q/quiet v/verbose color= h/help V/version
end

function __fish_vmimap_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_vmimap_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_vmimap_using_subcommand
    set -l cmd (__fish_vmimap_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c vmimap -n "__fish_vmimap_needs_command" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_needs_command" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_needs_command" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_needs_command" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_needs_command" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_needs_command" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_needs_command" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_needs_command" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_needs_command" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_needs_command" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_needs_command" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_needs_command" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_needs_command" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_needs_command" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_needs_command" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_needs_command" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_needs_command" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_needs_command" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_needs_command" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "doctor" -d 'Check whether voicemail.conf, the servers and Asterisk will work together'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "provision" -d 'Make the folders of every mailbox'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "migrate" -d 'Copy a file spool into IMAP'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "export" -d 'Write voicemail back into files'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "list" -d 'List voicemail as the phone counts it'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "quota" -d 'Show how full the accounts are, and whose mail fills them'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "audit" -d 'Check stored voicemail against Asterisk\'s own reading rules'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "expunge" -d 'Remove voicemail, and only it'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "expire" -d 'Remove voicemail by rules, for cron'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "config" -d 'Show the settings in force and where each comes from'
complete -c vmimap -n "__fish_vmimap_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l spool -d 'Look for left-over message files here [default: /var/spool/asterisk/voicemail, if it exists]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l all -d 'Visit every account, however many there are'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l probe -d 'Append a message of vmimap\'s own to a folder of its own, read it back, and remove both; one account of each server. Also measures the server\'s clock'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l nagios -d 'Print one line for monitoring systems, with performance data'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l acl -d 'Give USER these rights (RFC 4314 letters, "+" or "-" before them adds or takes) on every folder but INBOX, which may hold private mail (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l as-admin -d 'Make missing accounts (INBOX, "user/NAME" on Cyrus) as this administrator, whose password --password-file or VMIMAP_PASSWORD gives' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -s n -l dry-run -d 'Show what would be done and change nothing'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -s y -l yes -d 'Do not ask; provision asks nothing, so this changes nothing here'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l all-folders -d 'Make Cust1 to Cust5 and Deleted as well'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l no-old -d 'Leave Old out, which the phone never looks into'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l no-subscribe -d 'Do not subscribe to the folders'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l special-use -d 'Tell mail clients that Old is for archived mail (\\Archive), where it is made anew, the server offers that, and no other folder is so marked'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l allow-shared -d 'Go on where mailboxes of one account show each other\'s messages'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand provision" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l format -d 'Send this recording format where there are several, best first (can be repeated) [default: format= of voicemail.conf]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l old-as -d 'Where heard messages go: "seen" is imapfolder with \\Seen, where the phone finds them; "folder" is a folder called Old, which the phone never opens' -r -f -a "seen\t'imapfolder, with \\Seen'
folder\t'A folder called Old'"
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -s n -l dry-run -d 'Show what would be done and send nothing'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -s y -l yes -d 'Do not ask; migrate asks nothing, so this changes nothing here'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l no-verify -d 'Do not read messages back after appending them'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l again -d 'Append again what its owner has removed since an earlier run'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l over-maxmsg -d 'Append beyond maxmsg, although Asterisk crashes on overfull folders'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l ignore-quota -d 'Append although the quota seems too small'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand migrate" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l older-than -d 'Only messages left longer ago than this: 90d, 12h, 30m' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l state -d 'Only messages in this state; what was saved to Work, Family and the like only with --folder (can be repeated)' -r -f -a "new\t'Unheard, not urgent'
urgent\t'Unheard and urgent'
old\t'Heard'"
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l longer-than -d 'Only messages of at least this length: 90, 90s, 5m' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l shorter-than -d 'Only messages of at most this length' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l larger-than -d 'Only messages of at least this size: 500000, 500k, 5M' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l smaller-than -d 'Only messages of at most this size' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l caller -d 'Only messages of this caller, by number or name, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l msg-id -d 'Only the message with this id of Asterisk\'s, as "vmimap list" shows it (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l uid -d 'Only these UIDs of one folder: 12,15:20; needs one mailbox and one --folder' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l tar -d 'Write a tar archive instead of a directory; "-" is stdout' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l owner -d 'Give what is written to this user and group: asterisk:asterisk' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l deleted -d 'Only messages that the phone or a mail program has marked as deleted'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l sha256sums -d 'Write SHA256SUMS beside the contexts, for sha256sum -c'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l again -d 'Write again what an earlier run has written and what has gone from DIR since'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l into-live-spool -d 'Write into a spool that Asterisk uses, or into a directory that no export has made'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -s n -l dry-run -d 'Show what would be done and write nothing'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -s y -l yes -d 'Do not ask; export asks nothing, so this changes nothing here'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand export" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -s m -l messages -d 'One line a message, in the order in which the phone plays them'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l csv -d 'Write comma-separated values with a heading'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l tsv -d 'Write tab-separated values with a heading'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l utc -d 'Show moments in UTC, not in this system\'s zone'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand list" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -s w -l warn -d 'Warn from this share of any limit on, in percent' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -s c -l crit -d 'Call it critical from this share on' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l sort -d 'Order by this' -r -f -a "percent\t'The fullest first'
used\t'The largest use first'
room\t'The least room for speech first'
messages\t'The most messages in imapfolder first'
voicemail\t'The most voicemail first'
name\t'By context and number'"
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l top -d 'Show only the first N mailboxes; all are looked at and counted' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l metrics-file -d 'Also write this file for Prometheus\' textfile collector, whole or not at all' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l csv -d 'Write comma-separated values with a heading'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l tsv -d 'Write tab-separated values with a heading'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l utc -d 'Show moments in UTC, not in this system\'s zone'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l no-share -d 'Do not work out the voicemail share, for which every voicemail folder is listed'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l nagios -d 'Print one line for a monitoring system, and exit as its plugins do'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -a "set" -d 'Set the limits of quota roots'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and not __fish_seen_subcommand_from set help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l storage -d 'The new limit on storage, with its unit: 500K, 100M, 2G; "none" lifts it' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l messages -d 'The new limit on the number of messages; "none" lifts it' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l root -d 'The root that is meant, where an account has several' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l as-admin -d 'Log in as this administrator of the server, not as the mailboxes\' users' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -s n -l dry-run -d 'Show what would be changed and change nothing'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -s y -l yes -d 'Do not ask'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from help" -f -a "set" -d 'Set the limits of quota roots'
complete -c vmimap -n "__fish_vmimap_using_subcommand quota; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l rule -d 'Only these rules: a code (VMA012) or a harm (crash, unplayable, misread, invisible, mixup, privacy, orphan, unclear; can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l ignore -d 'Without these rules, codes or harms (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l spool -d 'Look for left-over message files here [default: /var/spool/asterisk/voicemail, if it exists]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l accounts -d 'The server\'s accounts, one a line, to compare with voicemail.conf; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l fix -d 'Repair what can be repaired without guessing: headers, folders and flags (what is named otherwise, such as duplicates; can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l explain -d 'Explain a code ("all" lists them) and do nothing else' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l audio -d 'Fetch the recordings and look at them, too'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l all-folders -d 'Look into every folder of each account, whatever its name'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -s n -l dry-run -d 'Show the repairs and make none'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -s y -l yes -d 'Repair without asking'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l csv -d 'Write comma-separated values with a heading'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l tsv -d 'Write tab-separated values with a heading'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l utc -d 'Show moments in UTC, not in this system\'s zone'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l nagios -d 'Print one line for monitoring systems, with performance data'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand audit" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l older-than -d 'Only messages left longer ago than this: 90d, 12h, 30m' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l state -d 'Only messages in this state; what was saved to Work, Family and the like only with --folder (can be repeated)' -r -f -a "new\t'Unheard, not urgent'
urgent\t'Unheard and urgent'
old\t'Heard'"
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l longer-than -d 'Only messages of at least this length: 90, 90s, 5m' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l shorter-than -d 'Only messages of at most this length' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l larger-than -d 'Only messages of at least this size: 500000, 500k, 5M' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l smaller-than -d 'Only messages of at most this size' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l caller -d 'Only messages of this caller, by number or name, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l msg-id -d 'Only the message with this id of Asterisk\'s, as "vmimap list" shows it (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l uid -d 'Only these UIDs of one folder: 12,15:20; needs one mailbox and one --folder' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l trash -d 'Move messages to this IMAP folder instead, which is made where it is missing' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l max-delete -d 'Refuse to remove more than this: a number of messages, or a percentage of those looked at' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l quiet-for -d 'Wait so long after the plan, and act only on folders in which nothing has changed: 10m' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l deleted -d 'Only messages that the phone or a mail program has marked as deleted'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l purge-trash -d 'Remove from the trash folder instead; --older-than then counts from when a message was put there (needs SAVEDATE on the server), --until from when it was left. The folder is that of --trash, else trash= of vmimap.toml'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -s n -l dry-run -d 'Show what would be done and change nothing'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -s y -l yes -d 'Do not ask'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand expunge" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l mailbox -d 'Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l context -d 'Only boxes of this context, with shell wildcards (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l exclude -d 'Leave these boxes out (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l folder -d 'Only this folder: INBOX, Old, Urgent, Work, Family, Friends, Cust1 to Cust5, Deleted (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l since -d 'Only messages left at or after this: 2026-11-23, 2026-11-23T09:00:00Z, or 90d, 12h ago' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l until -d 'Only messages left before this' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l from-file -d 'Only the boxes in this file, one EXTENSION@CONTEXT pattern a line; "-" reads stdin' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l older-than -d 'Messages left longer ago than this go: 90d, 12h' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l keep-newest -d 'Messages beyond the newest N of a mailbox go' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l max-size -d 'The oldest go until a mailbox holds no more than this: 20M' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l state -d 'Only messages in this state (can be repeated)' -r -f -a "new\t'Unheard, not urgent'
urgent\t'Unheard and urgent'
old\t'Heard'"
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l hold -d 'Let nothing of these mailboxes go, besides the holds of vmimap.toml (can be repeated)' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l trash -d 'Move messages to this IMAP folder instead, which is made where it is missing' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l max-delete -d 'Refuse to remove more than this: a number of messages, or a percentage of those looked at' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l quiet-for -d 'Wait so long after the plan, and act only on folders in which nothing has changed: 10m' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l metrics-file -d 'Write what was done to this file for Prometheus\' textfile collector; not in a dry run' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l unheard-too -d 'Let messages go that nobody has heard; without this they stay'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l explain -d 'Tell of every message, kept or removed, which rule decided'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -s n -l dry-run -d 'Show what would be done and change nothing'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -s y -l yes -d 'Do not ask'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand expire" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -f -a "show" -d 'Print vmimap\'s settings and what voicemail.conf says about IMAP; passwords are masked'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and not __fish_seen_subcommand_from show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l voicemail-conf -d 'Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l state-dir -d 'Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root, else the user\'s state folder] [env: VMIMAP_STATE_DIR]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l server -d 'Ask this server instead of imapserver [env: VMIMAP_SERVER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l port -d 'Use this port instead of imapport [env: VMIMAP_PORT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l imapflags -d 'Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l auth-user -d 'Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l password-file -d 'Take the password for every login from the first line of this file [env: VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l tls-ca -d 'Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]' -r -F
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'Give up on a silent server after this many seconds [default: imapreadtimeout and its kin, 60] [env: VMIMAP_TIMEOUT]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -s j -l jobs -d 'Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]' -r
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'Colour the output [default: auto] [env: VMIMAP_COLOR]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Print where each value comes from'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l allow-exec -d 'Run the commands that #exec lines of voicemail.conf name, as Asterisk does'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l tls-insecure -d 'Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l allow-plaintext -d 'Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print JSON lines instead of text (docs/json.md)'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print errors only'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print every message and every remark'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print vmimap\'s settings and what voicemail.conf says about IMAP; passwords are masked'
complete -c vmimap -n "__fish_vmimap_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "doctor" -d 'Check whether voicemail.conf, the servers and Asterisk will work together'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "provision" -d 'Make the folders of every mailbox'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "migrate" -d 'Copy a file spool into IMAP'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "export" -d 'Write voicemail back into files'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "list" -d 'List voicemail as the phone counts it'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "quota" -d 'Show how full the accounts are, and whose mail fills them'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "audit" -d 'Check stored voicemail against Asterisk\'s own reading rules'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "expunge" -d 'Remove voicemail, and only it'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "expire" -d 'Remove voicemail by rules, for cron'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "config" -d 'Show the settings in force and where each comes from'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and not __fish_seen_subcommand_from doctor provision migrate export list quota audit expunge expire config help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and __fish_seen_subcommand_from quota" -f -a "set" -d 'Set the limits of quota roots'
complete -c vmimap -n "__fish_vmimap_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print vmimap\'s settings and what voicemail.conf says about IMAP; passwords are masked'
