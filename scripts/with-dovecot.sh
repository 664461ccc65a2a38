#!/bin/bash
# Runs a command beside a private Dovecot: in a temporary folder, on loopback, on a free port.
#
#   scripts/with-dovecot.sh [-u USER:PASSWORD]... [-q USER:KIB]... COMMAND [ARGUMENT]...
#
# -u makes an account, -q limits what one may store.
# The command finds the server in $IMAP_HOST and $IMAP_PORT and a scratch folder in $SCRATCH.
# Server and folder are gone when it ends; its exit status is passed on.
set -euo pipefail

users=()
declare -A limits
while getopts u:q: option; do
    case $option in
        u) users+=("$OPTARG") ;;
        q) limits[${OPTARG%%:*}]=${OPTARG#*:} ;;
        *)
            echo "usage: with-dovecot.sh [-u USER:PASSWORD]... [-q USER:KIB]... COMMAND [ARGUMENT]..." >&2
            exit 2
            ;;
    esac
done
shift $((OPTIND - 1))

PATH=$PATH:/usr/sbin:/sbin
command -v dovecot >/dev/null || { echo "dovecot is not installed: run scripts/deps.sh" >&2; exit 1; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/vmimap-dovecot.XXXXXX")
pid=
clean_up() {
    trap - EXIT
    if [ -n "$pid" ]; then
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    fi
    # Dovecot's last children may still be leaving the folder.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        rm -rf "$dir" 2>/dev/null && break
        sleep 0.1
    done
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

chmod 755 "$dir"
mkdir "$dir/mail" "$dir/scratch"
for user in ${users[@]+"${users[@]}"}; do
    name=${user%%:*}
    limit=${limits[$name]:+userdb_quota_rule=*:storage=${limits[$name]}K}
    printf '%s:{PLAIN}%s::::::%s\n' "$name" "${user#*:}" "$limit"
done >"$dir/users"
chmod 644 "$dir/users"

owner() {
    if [ "$(id -u)" -eq 0 ]; then
        chown mail:mail "$dir/mail"
        echo "mail_uid = mail"
        echo "mail_gid = mail"
    else
        echo "mail_uid = $(id -un)"
        echo "mail_gid = $(id -gn)"
        echo "default_internal_user = $(id -un)"
        echo "default_internal_group = $(id -gn)"
        echo "default_login_user = $(id -un)"
        printf 'service anvil {\n chroot =\n}\n'
    fi
}

configuration() {
    cat <<CONF
base_dir = $dir/run
state_dir = $dir/state
instance_name = vmimap-$$
login_greeting = vmimap-$$ ready.
listen = 127.0.0.1
protocols = imap
log_path = $dir/dovecot.log
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_home = $dir/mail/%u
mail_location = maildir:~/Maildir
namespace inbox {
 inbox = yes
 separator = .
}
mail_plugins = quota
plugin {
 quota = count:User quota
 quota_vsizes = yes
}
protocol imap {
 mail_plugins = \$mail_plugins imap_quota
}
passdb {
 driver = passwd-file
 args = $dir/users
}
userdb {
 driver = passwd-file
 args = $dir/users
}
service imap-login {
 $([ "$(id -u)" -eq 0 ] || echo "chroot =")
 inet_listener imap {
  port = $1
 }
 inet_listener imaps {
  port = 0
 }
}
CONF
    owner
}

# Whether our own server, and not somebody else's, greets on a port.
greets() {
    local line
    { exec 9<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    IFS= read -r -t 5 line <&9 || line=
    exec 9>&-
    [[ $line == *"vmimap-$$ ready."* ]]
}

start() {
    configuration "$1" >"$dir/dovecot.conf"
    dovecot -F -c "$dir/dovecot.conf" </dev/null >>"$dir/console.log" 2>&1 &
    pid=$!
    for _ in $(seq 200); do
        greets "$1" && return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pid=
    return 1
}

port=
for _ in 1 2 3 4 5; do
    candidate=$((20000 + RANDOM % 12000))
    if start $candidate; then port=$candidate; break; fi
done
if [ -z "$port" ]; then
    echo "dovecot did not start:" >&2
    cat "$dir/console.log" "$dir/dovecot.log" >&2 2>/dev/null || true
    exit 1
fi

status=0
IMAP_HOST=127.0.0.1 IMAP_PORT=$port SCRATCH=$dir/scratch "$@" || status=$?
exit $status
