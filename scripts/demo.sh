#!/bin/bash
# Migrates the recorded spool into a private Dovecot and shows what Asterisk will count there.
#
# Installs Dovecot if it is missing (root or sudo). Everything else happens in a temporary folder
# and on loopback, and is gone at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/recorded-spool.sh
. scripts/recorded-spool.sh

if [ -t 1 ]; then bold=$'\e[1m'; plain=$'\e[0m'; else bold=; plain=; fi
title() { printf '\n%s== %s ==%s\n' "$bold" "$*" "$plain"; }
show() { printf '%s$ %s%s\n' "$bold" "$*" "$plain"; "$@"; }

# Sends one IMAP command on descriptor 3 and prints the answer up to its tagged line.
imap() {
    local line
    printf 'a %s\r\n' "$*" >&3
    while IFS= read -r line <&3; do
        printf '%s\n' "${line%$'\r'}"
        [[ $line != "a "* ]] || break
    done
}

# How many messages one of Asterisk's searches finds; 0 where the folder does not exist.
count() {
    local folder=$1 found
    shift
    if ! imap "EXAMINE \"$folder\"" | grep -q '^a OK'; then echo 0; return; fi
    found=$(imap "SEARCH $*" | sed -n 's/^\* SEARCH//p')
    wc -w <<<"$found"
}

# The searches are those Asterisk 22 sends, word for word.
as_asterisk_counts() {
    local context number owner new urgent old work family friends total=0
    printf '%-12s %5s %7s %5s %6s %8s %9s\n' mailbox new urgent old Work Family Friends
    while read -r context number; do
        exec 3<>"/dev/tcp/$IMAP_HOST/$IMAP_PORT"
        IFS= read -r _ <&3
        imap "LOGIN \"$context-$number\" \"secret\"" >/dev/null
        owner="HEADER X-Asterisk-VM-Extension $number HEADER X-Asterisk-VM-Context $context"
        new=$(count INBOX "UNDELETED UNFLAGGED UNSEEN $owner")
        urgent=$(count INBOX "UNDELETED FLAGGED UNSEEN $owner")
        old=$(count INBOX "UNDELETED SEEN $owner")
        work=$(count Work "UNDELETED $owner")
        family=$(count Family "UNDELETED $owner")
        friends=$(count Friends "UNDELETED $owner")
        imap LOGOUT >/dev/null
        exec 3>&-
        total=$((total + new + urgent + old + work + family + friends))
        printf '%-12s %5d %7d %5d %6d %8d %9d\n' \
            "$number@$context" "$new" "$urgent" "$old" "$work" "$family" "$friends"
    done <mailboxes
    echo "$total" >total
}

run() {
    local in_spool in_imap
    local migrate=(vmimap migrate voicemail --voicemail-conf voicemail.conf --state-dir state)
    unpack_spool "$SCRATCH"
    voicemail_conf >"$SCRATCH/voicemail.conf"
    mailboxes >"$SCRATCH/mailboxes"
    cd "$SCRATCH"
    title "What would be done"
    show "${migrate[@]}" --dry-run
    title "Do it"
    show "${migrate[@]}" -v
    title "Again: nothing is left to do"
    show "${migrate[@]}" -v
    title "What Asterisk will count"
    as_asterisk_counts
    in_spool=$(find voicemail -name 'msg*.txt' | wc -l)
    in_imap=$(cat total)
    echo
    echo "$in_spool voicemails in the spool, $in_imap in IMAP."
    [ "$in_spool" -eq "$in_imap" ]
}

if [ "${1:-}" = --beside-dovecot ]; then
    run
    exit
fi

scripts/deps.sh demo
title "Build"
show cargo build --release --quiet
PATH=$(realpath "${CARGO_TARGET_DIR:-target}")/release:$PATH
title "Start a private Dovecot with $(mailboxes | wc -l) accounts"
status=0
beside_accounts bash scripts/demo.sh --beside-dovecot || status=$?
if [ $status -eq 0 ]; then
    title "Done; the server and its folder are gone"
else
    echo "the demo failed with status $status" >&2
fi
exit $status
