#!/bin/bash
# Boots a Debian in which vmimap is installed, and starts each unit as its timer would: shut in as it is,
# as Asterisk's user, with a password that only root can read, against a private Dovecot. For check-deb.sh:
#
#   scripts/with-dovecot.sh -u ada:secret scripts/check-units.sh ROOT
#
# Root, for systemd-nspawn. ROOT is changed; the network is the machine's, of which only loopback is used.
set -euo pipefail
root=$1

say() { echo "check-units: $*" >&2; }
die() { say "$*"; exit 1; }

# Reads what the server says up to its answer to us, or until it wants a literal.
answer=
hear() {
    local line
    answer=
    while read -r line <&3; do
        answer+=$line$'\n'
        case $line in
            +* | 'a OK'*) return ;;
            'a '*) die "the server says $line" ;;
        esac
    done
}
imap() {
    printf 'a %s\r\n' "$1" >&3
    hear
}
# A heard message of the mailbox, left at this time, as Asterisk writes it.
append() {
    local text header
    text="From: Asterisk <a@b.test>"$'\r\n'
    for header in "Context: default" "Extension: 4123" "Caller-ID-Name: Ada" "Duration: 5" "Orig-time: $1"; do
        text+="X-Asterisk-VM-$header"$'\r\n'
    done
    text+=$'\r\nhello\r\n'
    imap "APPEND INBOX (\\Seen) {${#text}}"
    printf '%s\r\n' "$text" >&3
    hear
}
exec 3<>"/dev/tcp/$IMAP_HOST/$IMAP_PORT"
read -r _ <&3
imap "LOGIN ada secret"
append 1000000000
# No more than 10 % may go at once.
for _ in {1..10}; do append "$(date +%s)"; done

chroot "$root" useradd --system asterisk
mkdir -p "$root/etc/asterisk"
printf '[general]\nimapserver=%s\nimapport=%s\nimapflags=notls\n[default]\n4123 => 1,Ada,,,imapuser=ada\n' \
    "$IMAP_HOST" "$IMAP_PORT" >"$root/etc/asterisk/voicemail.conf"
chroot "$root" chown -R asterisk /etc/asterisk
chmod 640 "$root/etc/asterisk/voicemail.conf"
printf '[[expire]]\nstate = "old"\nolder_than = "90d"\n' >"$root/etc/vmimap.toml"
install -m 600 /dev/stdin "$root/etc/vmimap.password" <<<secret
for verb in expire audit quota; do
    install -D -m 644 packaging/systemd/credential.conf \
        "$root/etc/systemd/system/vmimap-$verb.service.d/credential.conf"
done

cat >"$root/srv/try" <<'TRY'
#!/bin/sh
for verb in quota audit expire; do
    systemctl start vmimap-$verb.service
    echo "$verb ended with $(systemctl show -P ExecMainStatus vmimap-$verb.service)"
done >/srv/tried 2>/dev/null
journalctl --no-pager --quiet --output cat --unit 'vmimap-*' >/srv/said
systemctl poweroff --no-block
TRY
chmod 755 "$root/srv/try"
printf '[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/srv/try\n' >"$root/etc/systemd/system/try.service"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../try.service "$root/etc/systemd/system/multi-user.target.wants/"
# What expire waits for is ten minutes less one second too long here.
sed -i 's/--quiet-for 10m/--quiet-for 1s/' "$root/usr/lib/systemd/system/vmimap-expire.service"
# Its console's last words are of no use, and its status is its init's.
timeout 180 systemd-nspawn --quiet --register=no --keep-unit --directory "$root" --boot >"$root/srv/boot" 2>&1 </dev/null ||
    true
[ -e "$root/srv/said" ] || { tail -n 20 "$root/srv/boot" >&2; die "the system did not boot"; }

wrong() { cat "$root/srv/tried" "$root/srv/said" >&2; die "$*"; }
# The audit finds that the messages have no recording.
[ "$(cat "$root/srv/tried")" = $'quota ended with 0\naudit ended with 4\nexpire ended with 0' ] ||
    wrong "the units did not end as they should"
grep -q '"outcome":"removed"' "$root/var/lib/vmimap/journal/removals.jsonl" || wrong "expire removed nothing"
for verb in expire audit quota; do
    grep -q "^vmimap_${verb}_last_success_timestamp_seconds " "$root/var/cache/vmimap/$verb.prom" ||
        wrong "$verb wrote no metrics"
done
imap "SELECT INBOX"
grep -q '^\* 10 EXISTS' <<<"$answer" || wrong "the message of 2001 should be gone, and no other"
say "ok: every unit, started by systemd as it is packaged"
