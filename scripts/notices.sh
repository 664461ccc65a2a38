#!/bin/bash
# Writes the notices and licence texts of the libraries that are linked into vmimap, as their licences
# ask of whoever hands the program on. The same text stands once, below the names of all that have it.
#
#   scripts/notices.sh FILE [FEATURES]
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?usage: scripts/notices.sh FILE [FEATURES]}
features=${2:-}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# name version repository licence of what the program is made with; what only its tests need is left out.
${CARGO:-cargo} tree --locked --edges normal --prefix none --features "$features" \
    --format '{p} {r} {l}' | sed 's/ (\*)$//; s/ (proc-macro)//' | grep -v '^vmimap ' | sort -u >"$scratch/packages"

mkdir "$scratch/texts"
while read -r name version repository licence; do
    found=no
    for dir in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$name-${version#v}"; do
        for text in "$dir"/[Ll][Ii][Cc][Ee][Nn][CcSs][Ee]* "$dir"/COPYING* "$dir"/COPYRIGHT* "$dir"/NOTICE* \
            "$dir"/LICENSES/*; do
            [ -f "$text" ] || continue
            found=yes
            sum=$(sha256sum <"$text" | cut -d' ' -f1)
            [ -e "$scratch/texts/$sum" ] || cp "$text" "$scratch/texts/$sum"
            echo "$name ${version#v} ($licence)" >>"$scratch/texts/$sum.names"
        done
    done
    [ $found = yes ] || echo "$name ${version#v} ($licence), $repository" >>"$scratch/without"
done <"$scratch/packages"

rule=$(printf '=%.0s' {1..100})
{
    echo "Licences of the libraries that are linked into vmimap, with their notices. Rust's standard library"
    echo "is linked into it, too: MIT OR Apache-2.0, copyright The Rust Project Developers."
    if [ -e "$scratch/without" ]; then
        echo
        echo "These come without a text of their own, under the licence that is named:"
        sed 's/^/    /' "$scratch/without"
    fi
    for names in "$scratch"/texts/*.names; do
        printf '\n%s\n' "$rule"
        sort -u "$names"
        printf '%s\n\n' "$rule"
        cat "${names%.names}"
    done
} >"$scratch/all"
mkdir -p "$(dirname "$out")"
mv "$scratch/all" "$out"
chmod 644 "$out"
