#!/bin/bash
# Installs the package in a Debian 12 that has nothing else, tries it as an administrator would, removes
# and purges it, and looks at what is left. Nothing outside a scratch directory is changed.
#
#   scripts/check-deb.sh [PACKAGE]     else the newest in target/debian
#
# Root, for debootstrap and chroot. The mirror is the one this machine's apt uses.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "check-deb: $*" >&2; }
die() { say "$*"; exit 1; }

[ "$(id -u)" -eq 0 ] || die "root is needed, for debootstrap and chroot"
# shellcheck disable=SC2012
deb=${1:-$(ls -t "${CARGO_TARGET_DIR:-target}"/debian/vmimap_*.deb 2>/dev/null | head -n 1)}
[ -n "$deb" ] || die "no package; make deb"
say "$deb"

say "lintian"
lintian --allow-root --fail-on error,warning --info "$deb"

# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
[ -n "$mirror" ] || die "apt knows no mirror of Debian 12 (bookworm main)"

scratch=$(mktemp -d /var/tmp/vmimap-check-deb.XXXXXX)
root=$scratch/root
finish() {
    if mountpoint -q "$root/proc"; then umount "$root/proc"; fi
    rm -rf --one-file-system "$scratch"
}
trap finish EXIT

say "debootstrap"
debootstrap --variant=minbase --include=systemd,man-db,mandoc,bash-completion bookworm "$root" "$mirror" \
    >"$scratch/debootstrap.log" 2>&1 || { tail -n 20 "$scratch/debootstrap.log" >&2; die "debootstrap failed"; }
mount -t proc proc "$root/proc"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cp "$deb" "$root/srv/vmimap.deb"
# What stands in voicemail.conf of a phone system with one mailbox.
mkdir "$root/etc/asterisk"
printf '[general]\nimapserver=imap.example.org\n[default]\n4123 => 1,Ada,,,imapuser=ada\n' \
    >"$root/etc/asterisk/voicemail.conf"

inside() {
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
# What a command prints has to have this in it.
expect() {
    local wanted=$1 answer
    shift
    answer=$(inside "$@" 2>&1) || { echo "$answer" >&2; die "failed: $*"; }
    grep -qF -- "$wanted" <<<"$answer" || { echo "$answer" >&2; die "no \"$wanted\" from: $*"; }
    say "ok: $*"
}
# All files but dpkg's, apt's, caches that Debian's own triggers renew, and what a boot takes away.
files() {
    (cd "$root" && find . -xdev \( -path ./proc -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache/apt \
        -o -path ./var/cache/man -o -path ./var/log -o -path ./run \) -prune -o -print | sort)
}
install() {
    inside apt-get -q -y install --reinstall --no-install-recommends /srv/vmimap.deb >"$scratch/apt.log" 2>&1 ||
        { cat "$scratch/apt.log" >&2; die "apt-get install failed"; }
}
purge() {
    if ! { inside apt-get -q -y remove vmimap && inside dpkg --purge vmimap; } >"$scratch/apt.log" 2>&1; then
        cat "$scratch/apt.log" >&2
        die "removing failed"
    fi
}

version=$(dpkg-deb -f "$deb" Version)
examples=/usr/share/doc/vmimap/examples
files >"$scratch/before"

say "install"
install
expect "vmimap ${version%-*}" vmimap --version
expect "ii  vmimap" dpkg -l vmimap
[ -z "$(inside dpkg --verify vmimap)" ] || die "dpkg --verify finds changed files"
expect "VMIMAP-MIGRATE(1)" man vmimap-migrate
expect "VMIMAP-JOURNAL(5)" man 5 vmimap-journal
for page in "$root"/usr/share/man/man[15]/vmimap*.gz; do
    page=${page#"$root"}
    [ -z "$(inside mandoc -T lint "$page" 2>&1)" ] || die "mandoc finds fault with $page"
    inside man -l "$page" >/dev/null || die "man cannot read $page"
done
say "ok: every page, in man and mandoc"
expect "_vmimap" vmimap completions bash
expect "vmimap" bash -c '. /usr/share/bash-completion/bash_completion; __load_completion vmimap; complete -p vmimap'
expect "/etc/asterisk/voicemail.conf" vmimap config show --origin --config "$examples/vmimap.toml"
expect "imap.example.org" vmimap config show
expect "1 mailbox" bash -c 'vmimap || [ $? -eq 2 ]'
expect "serde_json" cat /usr/share/doc/vmimap/third-party-licenses.txt /usr/share/doc/vmimap/docs/dependencies.md

# Units: systemd finds nothing wrong, and none is enabled before somebody does it.
verify() {
    local answer
    answer=$(inside systemd-analyze verify --man=yes "/usr/lib/systemd/system/$1" 2>&1) || { echo "$answer" >&2; die "$1"; }
    [ -z "$answer" ] || { echo "$answer" >&2; die "systemd-analyze verify has something to say about $1"; }
}
units=$(cd "$root/usr/lib/systemd/system" && echo vmimap-*)
for unit in $units; do verify "$unit"; done
drop_in=$root/etc/systemd/system/vmimap-audit.service.d
mkdir "$drop_in"
cp "$root$examples/credential.conf" "$drop_in"
verify vmimap-audit.service
rm -r "$drop_in"
for service in $(cd "$root/usr/lib/systemd/system" && echo vmimap-*.service); do
    inside systemd-analyze security --offline=yes --threshold=30 --no-pager "/usr/lib/systemd/system/$service" \
        >"$scratch/security" || { cat "$scratch/security" >&2; die "$service is exposed more than it need be"; }
    tail -n 1 "$scratch/security" >&2
done
for timer in expire audit quota; do
    [ "$(inside systemctl is-enabled "vmimap-$timer.timer")" = disabled ] || die "vmimap-$timer.timer is enabled on install"
done
say "ok: $units; none enabled"

say "install again, as an upgrade does, with a timer enabled"
inside systemctl --quiet enable vmimap-expire.timer
install
expect "vmimap ${version%-*}" vmimap --version
for timer in expire audit quota; do
    expect "$([ $timer = expire ] && echo enabled || echo disabled)" bash -c "systemctl is-enabled vmimap-$timer.timer || true"
done

say "remove and purge, with what runs of services have written"
mkdir -p "$root/var/cache/vmimap" "$root/var/lib/vmimap"
touch "$root/var/cache/vmimap/expire.prom" "$root/var/lib/vmimap/lock"
purge
files >"$scratch/after"
diff "$scratch/before" "$scratch/after" >&2 || die "left behind by the package"

say "purge keeps the journal, and says so"
install
mkdir -p "$root/var/lib/vmimap/journal"
echo '{}' >"$root/var/lib/vmimap/journal/removals.jsonl"
purge
[ -s "$root/var/lib/vmimap/journal/removals.jsonl" ] || die "the journal is gone"
grep -q "kept in /var/lib/vmimap/journal" "$scratch/apt.log" || die "nothing was said of the journal"

say "the units, under systemd"
rm -r "$root/var/lib/vmimap"
install
umount "$root/proc"
rm "$root/usr/sbin/policy-rc.d"
scripts/with-dovecot.sh -u ada:secret scripts/check-units.sh "$root"

say "all well"
