
_clap_complete_vmimap() {
    local IFS=$'\013'
    local _CLAP_COMPLETE_INDEX=${COMP_CWORD}
    local _CLAP_COMPLETE_COMP_TYPE=${COMP_TYPE}
    if compopt +o nospace 2> /dev/null; then
        local _CLAP_COMPLETE_SPACE=false
    else
        local _CLAP_COMPLETE_SPACE=true
    fi
    local words=("${COMP_WORDS[@]}")
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        words[COMP_CWORD]="$2"
    fi
    COMPREPLY=( $( \
        _CLAP_IFS="$IFS" \
        _CLAP_COMPLETE_INDEX="$_CLAP_COMPLETE_INDEX" \
        _CLAP_COMPLETE_COMP_TYPE="$_CLAP_COMPLETE_COMP_TYPE" \
        _CLAP_COMPLETE_SPACE="$_CLAP_COMPLETE_SPACE" \
        VMIMAP_COMPLETE="bash" \
        "vmimap" -- "${words[@]}" \
    ) )
    if [[ $? != 0 ]]; then
        unset COMPREPLY
    elif [[ $_CLAP_COMPLETE_SPACE == false ]] && [[ "${COMPREPLY-}" =~ [=/:]$ ]]; then
        compopt -o nospace
    fi
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _clap_complete_vmimap vmimap
else
    complete -o nospace -o bashdefault -F _clap_complete_vmimap vmimap
fi

_vmimap() {
    local -a words=()
    local at cword=0 line="$COMP_LINE"
    for ((at = 0; at < ${#COMP_WORDS[@]}; at++)); do
        local word="${COMP_WORDS[at]}" joined=no
        if ((at > 1)) && [[ $line != [[:space:]]* && ( $word == @* || ${COMP_WORDS[at - 1]} == *@ ) ]]; then
            words[${#words[@]}-1]+="$word"
            joined=yes
        fi
        [[ $joined == yes ]] || words+=("$word")
        line="${line#"${line%%[![:space:]]*}"}"
        line="${line#"$word"}"
        ((at != COMP_CWORD)) || cword=$((${#words[@]} - 1))
    done
    local -a COMP_WORDS=("${words[@]}")
    local COMP_CWORD=$cword
    local whole="${words[cword]}"
    _clap_complete_vmimap "$1" "$whole" "$3"
    if [[ $whole == *@* && $COMP_WORDBREAKS == *@* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${whole%@*}@"}")
    fi
}
complete -o nospace -o bashdefault -F _vmimap vmimap
