#!/bin/bash
# Installs what the tests, the demo or the benchmark need. Debian 12; safe to repeat.
#
#   scripts/deps.sh           what `make test` needs
#   scripts/deps.sh demo      what `make demo` needs
#   scripts/deps.sh fuzz      what `make fuzz` needs
#   scripts/deps.sh bench     what `make bench` needs
#   scripts/deps.sh deb       what `make deb` needs
#   scripts/deps.sh check-deb what `make check-deb` needs
#   scripts/deps.sh licences  what `make licences` needs
#   scripts/deps.sh sbom      what `make sbom` needs
#
# Root, or a user with sudo. Does nothing, and asks for nothing, if all is there.
#
# Debian lets one IMAP server be installed at a time. Dovecot is; Cyrus and Courier are unpacked into
# $VMIMAP_TEST_SERVERS (default: /var/cache/vmimap-test-servers for root, whose servers' accounts have
# to reach it, else ~/.cache/vmimap-test-servers), and only the libraries they need are installed.
set -euo pipefail

unpacked=()
# Cargo's own additions: name and version.
tools=()
case "${1:-test}" in
    demo)  packages=(dovecot-imapd tar gzip) ;;
    test)
        packages=(dovecot-imapd uw-mailutils openssl mandoc strace tmux tar gzip)
        unpacked=(cyrus-common cyrus-imapd sasl2-bin courier-imap courier-base courier-authdaemon
            courier-authlib courier-authlib-userdb)
        # What the harness starts (tests/support), and what they want besides libraries: the SASL
        # plug-ins Cyrus takes passwords with, and the program Courier watches folders through.
        needed=(usr/lib/cyrus/bin/imapd usr/sbin/saslpasswd2 usr/bin/imapd
            usr/lib/courier/courier-authlib/authdaemond usr/lib/courier-authlib/libauthuserdb.so)
        helpers=(libsasl2-modules libsasl2-modules-db gamin)
        # Kerberos: a key distribution center, the servers' plug-ins, what the feature is built with.
        packages+=(krb5-kdc krb5-admin-server dovecot-gssapi libsasl2-modules-gssapi-mit
            libkrb5-dev pkg-config libclang1-14 libclang-common-14-dev)
        ;;
    fuzz)  packages=(g++) ;;
    bench) packages=(dovecot-imapd uw-mailutils openssl tar gzip isync time) ;;
    deb)   packages=() tools=("cargo-deb 3.8.0") ;;
    check-deb) packages=(debootstrap lintian systemd-container dovecot-imapd) tools=("cargo-deb 3.8.0") ;;
    licences)  packages=() tools=("cargo-deny 0.20.2" "cargo-machete 0.9.2") ;;
    sbom)      packages=() tools=("cargo-cyclonedx 0.5.9") ;;
    *)     echo "usage: scripts/deps.sh [demo|test|fuzz|bench|deb|check-deb|licences|sbom]" >&2; exit 2 ;;
esac
# Rust links with cc, and one dependency is built with it.
command -v cc >/dev/null || packages+=(gcc libc6-dev)

say() { echo "deps: $*" >&2; }

add_tools() {
    local name version tool
    for tool in ${tools[@]+"${tools[@]}"}; do
        read -r name version <<<"$tool"
        command -v "$name" >/dev/null || ${CARGO:-cargo} install --locked "$name" --version "$version" >&2
    done
}

if ! command -v apt-get >/dev/null; then
    say "no apt-get here; this system must bring its own: ${packages[*]}"
    exit 0
fi

installed() { [[ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" == ii* ]]; }

missing=()
for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
done

if [ "$(id -u)" -eq 0 ]; then cache=/var/cache; else cache=${XDG_CACHE_HOME:-$HOME/.cache}; fi
servers=${VMIMAP_TEST_SERVERS:-$cache/vmimap-test-servers}
to_unpack=no
if [ ${#unpacked[@]} -gt 0 ] && [ ! -e "$servers/versions" ]; then to_unpack=yes; fi

if [ ${#missing[@]} -eq 0 ] && [ $to_unpack = no ]; then
    add_tools
    exit 0
fi
[ ${#missing[@]} -eq 0 ] || say "missing: ${missing[*]}"
[ $to_unpack = no ] || say "missing: $servers"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        say "root is needed: apt-get install ${missing[*]:-libraries of ${unpacked[*]}}"
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
had_kdc=no
if installed dovecot-core; then had_dovecot=yes; fi
if installed krb5-kdc; then had_kdc=yes; fi
if { [ $had_dovecot = no ] || [ $had_kdc = no ]; } && [ ! -e $policy ]; then
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
    "${as_root[@]}" chmod 755 $policy
fi

# Debian's own libraries that an unpacked package asks for; the first of several alternatives.
libraries_of() {
    local package
    for package in "$@"; do dpkg-deb -f "$package" Pre-Depends Depends; done |
        sed 's/^[A-Za-z-]*: //; s/, */\n/g' | sed 's/[ |:(].*//' | grep '^lib' | sort -u
}

# Named as complete in one step: an interrupted run leaves nothing that looks whole.
unpack_servers() {
    local new file line package
    local wanted=()
    mkdir -p "$(dirname "$servers")"
    new=$(mktemp -d "$servers.XXXXXX")
    # shellcheck disable=SC2064
    trap "rm -rf '$new'; forget_policy" EXIT
    chmod 755 "$new"
    mkdir "$new/packages"
    (cd "$new/packages" && apt-get -q -o APT::Sandbox::User=root download "${unpacked[@]}" >&2)
    for file in "$new"/packages/*.deb; do
        dpkg-deb -x "$file" "$new"
        # shellcheck disable=SC2016
        line=$(dpkg-deb -W --showformat='${Package} ${Version}' "$file")
        echo "$line" >>"$new/packages/versions"
    done
    for package in "${helpers[@]}" $(libraries_of "$new"/packages/*.deb); do
        installed "$package" || wanted+=("$package")
    done
    mv "$new/packages/versions" "$new/versions"
    rm -r "$new/packages"
    for file in "${needed[@]}"; do
        [ -e "$new/$file" ] || { say "$file is in none of: ${unpacked[*]}"; return 1; }
    done
    [ ${#wanted[@]} -eq 0 ] || apt install --no-install-recommends "${wanted[@]}"
    rm -rf "$servers"
    mv "$new" "$servers"
}

update || say "going on with the package lists there are"
[ ${#missing[@]} -eq 0 ] || apt install --no-install-recommends "${missing[@]}"
[ $to_unpack = no ] || unpack_servers

# Nor at the next boot.
never() {
    if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
        "${as_root[@]}" systemctl disable --quiet --now "$@" || true
    fi
}
if [ $had_dovecot = no ]; then never dovecot.socket dovecot.service; fi
if [ $had_kdc = no ] && installed krb5-kdc; then never krb5-kdc.service krb5-admin-server.service; fi
add_tools
