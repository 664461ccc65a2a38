#!/bin/bash
# Runs vmimap in a terminal of 80 columns, beside a private Dovecot that holds the recorded spool,
# and writes what is to be seen there into docs/screens/NAME.txt.
#
#   scripts/screens.sh [DIRECTORY]     into this directory instead
#   scripts/screens.sh --list          the names, with ~ where what is shown differs from run to run
#
# vmimap is taken from $PATH. Needs tmux and Dovecot (scripts/deps.sh test).
#
# A new screen is a line `screen NAME COMMAND` in `screens`, in the order of what they do to the
# server. `answer PATTERN KEYS` before it types KEYS when the screen matches PATTERN.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/recorded-spool.sh
. scripts/recorded-spool.sh

screens() {
    screen orientation "vmimap"
    screen doctor~ "vmimap doctor 4123@default"
    screen provision "vmimap provision"
    screen migrate-dry-run "vmimap migrate --dry-run $spool"
    screen migrate "vmimap migrate $spool"
    screen rollback~ "vmimap rollback --dry-run last 4125@default"
    screen migrate-again "vmimap migrate $spool"
    screen verify "vmimap verify $spool 4125@default"
    screen runs~ "vmimap runs"
    fill_4126
    during '[1-9][0-9]* of 99 appended' screen migrate-progress~ "vmimap migrate $spool"
    screen list "vmimap list"
    screen list-messages "vmimap list --messages 4125@default"
    plant_what_crashes_asterisk
    screen audit "vmimap audit"
    answer 'y/N' y
    screen audit-fix "vmimap audit 4124@default --fix"
    screen quota "vmimap quota"
    screen expunge-plan "vmimap expunge --dry-run --older-than 1d 4123@default"
    answer 'Type 2 to remove' '2 Enter'
    screen expunge "vmimap expunge --state old 4123@default"
    screen expire "vmimap expire --dry-run --explain 4123@sales"
    screen export "vmimap export $where/spool/copy"
    screen retire "vmimap retire --dry-run $spool --to $where/spool/kept 4125@default"
}

# The only place where anything is masked: the scratch folder (its names are as long as those they
# stand for, so that lines break where they would), the port, and the run's id.
mask() {
    sed -E -e "s|$where/spool|/var/spool/asterisk|g" \
        -e "s|$where/vmimap.toml|/etc/vmimap.toml|g" \
        -e "s|$where/state|/var/lib/vmimap|g" \
        -e "s|$where|/etc/asterisk|g" \
        -e "s|\b$IMAP_PORT\b|10143|g" \
        -e 's|[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}|20261124T044924Z-4feb|g'
}

# The screens whose names end in ~ show times and shares, which nothing can mask.
pattern=
keys=
moment=
answer() { pattern=$1 keys=$2; }
during() { moment=$1; shift; "$@"; }

tmux() { command tmux -L "vmimap-screens-$$" -f /dev/null "$@"; }
shown() { tmux capture-pane -p -t screen -S - 2>/dev/null; }

screen() {
    local name=${1%\~} command=$2 file=$out/${1%\~}.txt seen
    if [ -n "$listing" ]; then
        echo "$1"
        return
    fi
    tmux new-session -d -s screen -x 80 -y 24 \
        "printf '%s\n' '$ $(mask <<<"$command")'; $command; touch '$where/ended'; sleep 60"
    for _ in $(seq 600); do
        seen=$(shown)
        if [ -n "$moment" ] && grep -qE "$moment" <<<"$seen"; then printf '%s\n' "$seen" >"$file"; fi
        if [ -n "$pattern" ] && grep -qE "$pattern" <<<"$seen"; then
            # shellcheck disable=SC2086
            tmux send-keys -t screen $keys
            pattern=
        fi
        [ ! -e "$where/ended" ] || break
        sleep 0.05
    done
    [ -e "$where/ended" ] || { echo "$name did not end:" >&2; shown >&2; exit 1; }
    rm "$where/ended"
    [ -n "$moment" ] || shown >"$file"
    # A machine may be faster than the eye.
    [ -s "$file" ] || shown >"$file"
    moment=
    tmux kill-session -t screen
    mask <"$file" | sed -e 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$file.masked"
    mv "$file.masked" "$file"
}

# Many copies of a recorded message for a mailbox without any, so that a bar is seen.
fill_4126() {
    [ -z "$listing" ] || return 0
    local from=$where/spool/voicemail/default/4124/Old/msg0000 to=$where/spool/voicemail/default/4126/INBOX number
    for number in $(seq -f %04.0f 0 98); do
        cp "$from.wav" "$to/msg$number.wav"
        sed "s/^msg_id=.*/msg_id=1795427700-0000$number/" "$from.txt" >"$to/msg$number.txt"
    done
}

# A voicemail without a caller's name: Asterisk ends when it is played.
plant_what_crashes_asterisk() {
    [ -z "$listing" ] || return 0
    local message
    message=$(sed 's/$/\r/' <<MAIL
From: "Asterisk PBX" <asterisk@example.test>
Subject: voicemail
X-Asterisk-VM-Context: default
X-Asterisk-VM-Extension: 4124
X-Asterisk-VM-Caller-ID-Num: 5551002
X-Asterisk-VM-Duration: 1
X-Asterisk-VM-Orig-time: 1795427839
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

A message.
--b
Content-Type: audio/x-gsm; name="msg0000.gsm"
Content-Transfer-Encoding: base64

$(head -c 1650 /dev/zero | tr '\0' '\325' | base64)
--b--
MAIL
)
    exec 3<>"/dev/tcp/$IMAP_HOST/$IMAP_PORT"
    printf 'a LOGIN default-4124 secret\r\n' >&3
    until_ok a
    printf 'b APPEND INBOX "23-Nov-2026 09:57:19 +0000" {%d+}\r\n%s\r\n' \
        "${#message}" "$message" >&3
    until_ok b
    exec 3>&-
}

# Reads the server's answer on descriptor 3 to its end, which has to be good.
until_ok() {
    local line
    while IFS= read -r line <&3; do
        if [[ $line == "$1 OK"* ]]; then return; fi
        if [[ $line == "$1 "* ]]; then break; fi
    done
    echo "the server refused: $line" >&2
    return 1
}

beside_dovecot() {
    where=$(mktemp -d /tmp/vm.XXXXX)
    spool=$where/spool/voicemail
    trap 'tmux kill-server 2>/dev/null || true; rm -rf "$where"' EXIT
    mkdir "$where/spool" "$out" 2>/dev/null || true
    unpack_spool "$where/spool"
    voicemail_conf >"$where/voicemail.conf"
    chmod 640 "$where/voicemail.conf"
    printf '[[expire]]\nstate = "old"\nolder_than = "1d"\n' >"$where/vmimap.toml"
    # One worker: several print their lines in the order they come to them.
    export VMIMAP_VOICEMAIL_CONF=$where/voicemail.conf VMIMAP_CONFIG=$where/vmimap.toml \
        VMIMAP_STATE_DIR=$where/state VMIMAP_JOBS=1 TZ=UTC LC_ALL=C.UTF-8
    # A tmux server ends with its last session; this one outlives the others.
    tmux new-session -d -s base "sleep 600"
    screens
}

out=
listing=
case "${1:-}" in
    --list) listing=yes where='' spool=/var/spool/asterisk/voicemail screens ;;
    --beside-dovecot)
        out=$2
        beside_dovecot
        ;;
    *)
        out=$(realpath -m "${1:-docs/screens}")
        beside_accounts -q default-4123:120 -q default-4124:32 bash scripts/screens.sh --beside-dovecot "$out"
        ;;
esac
