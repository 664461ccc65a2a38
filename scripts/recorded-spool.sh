# shellcheck shell=bash
# The spool that a real Asterisk has written, its voicemail.conf, and a private Dovecot with an account for
# each of its mailboxes. Sourced by demo.sh and screens.sh at the root of the repository.

# `context number` for each mailbox.
mailboxes() {
    awk '/^\[/ { gsub(/[][]/, ""); context = $0 } /=>/ { print context, $1 }' \
        tests/fixtures/genuine-spool-voicemail.conf
}

# voicemail.conf with the server and the accounts.
voicemail_conf() {
    awk -v port="$IMAP_PORT" '
        /^\[/ { context = $0; gsub(/[][]/, "", context) }
        /=>/ {
            commas = gsub(/,/, ",")
            glue = commas >= 4 ? "|" : substr(",,,,", 1, 4 - commas)
            $0 = $0 glue "imapuser=" context "-" $1 "|imappassword=secret"
        }
        { print }
        $0 == "[general]" { print "imapserver=127.0.0.1\nimapport=" port "\nimapflags=notls" }
    ' tests/fixtures/genuine-spool-voicemail.conf
}

# The spool, as `voicemail` below a directory.
unpack_spool() { tar -xzf tests/fixtures/genuine-spool.tar.gz -C "$1" --no-same-owner; }

# Runs a command as with-dovecot.sh does, whose -q may stand before it.
beside_accounts() {
    local context number users=()
    while read -r context number; do users+=(-u "$context-$number:secret"); done < <(mailboxes)
    scripts/with-dovecot.sh "${users[@]}" "$@"
}
