#!/bin/bash
# Installs what the tests, the demo or the benchmark need. Debian 12; safe to repeat.
#
#   scripts/deps.sh           what `make test` needs
#   scripts/deps.sh demo      what `make demo` needs
#   scripts/deps.sh fuzz      what `make fuzz` needs
#   scripts/deps.sh bench     what `make bench` needs
#
# Root, or a user with sudo. Does nothing, and asks for nothing, if all is there.
set -euo pipefail

case "${1:-test}" in
    demo)  packages=(dovecot-imapd tar gzip) ;;
    test)  packages=(dovecot-imapd uw-mailutils openssl tar gzip) ;;
    fuzz)  packages=(g++) ;;
    bench) packages=(dovecot-imapd uw-mailutils openssl tar gzip isync time) ;;
    *)     echo "usage: scripts/deps.sh [demo|test|fuzz|bench]" >&2; exit 2 ;;
esac
# Rust links with cc, and one dependency is built with it.
command -v cc >/dev/null || packages+=(gcc libc6-dev)

say() { echo "deps: $*" >&2; }

if ! command -v apt-get >/dev/null; then
    say "no apt-get here; this system must bring its own: ${packages[*]}"
    exit 0
fi

installed() { [[ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" == ii* ]]; }

missing=()
for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
say "missing: ${missing[*]}"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        say "root is needed: apt-get install ${missing[*]}"
        exit 1
    fi
    as_root=(sudo)
fi

# Waits for another apt or dpkg instead of failing; asks nothing; pulls in no more than needed.
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" >&2
}

update() {
    local try
    for try in 1 2 3 4 5 6; do
        apt update && return
        say "apt-get update failed (attempt $try of 6); another one may be running"
        sleep 10
    done
    return 1
}

# Installing a server must not start it: the tests run servers of their own.
policy=/usr/sbin/policy-rc.d
made_policy=no
forget_policy() { if [ $made_policy = yes ]; then "${as_root[@]}" rm -f $policy; fi; }
trap forget_policy EXIT
had_dovecot=no
if installed dovecot-core; then had_dovecot=yes; fi
if [ $had_dovecot = no ] && [ ! -e $policy ]; then
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
    "${as_root[@]}" chmod 755 $policy
fi

update || say "going on with the package lists there are"
apt install --no-install-recommends "${missing[@]}"

if [ $had_dovecot = no ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
    # Nor at the next boot.
    "${as_root[@]}" systemctl disable --quiet --now dovecot.socket dovecot.service || true
fi
