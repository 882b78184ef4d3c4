# What the shell can tell of the ledger and of a commit about to be made. Sourced behind common.sh by those that ask.

# Reads the names and ids of what the ledger holds. False when it cannot be read, or is not a ledger (that always has a
# meta.json): then Python says why.
read_ledger() {
    held=$(GIT_NO_REPLACE_OBJECTS=1 git --git-dir="$ledger" ls-tree --full-tree "${tip:-refs/coord/ledger}" \
        2>/dev/null) || return 1
    held=$held$newline
    holds meta.json || return 1
    # Where the ref is missing git reads a branch or tag called refs/... in its place; one that has a file is itself.
    [ -f "$ledger/refs/coord/ledger" ] ||
        git --git-dir="$ledger" show-ref --verify --quiet refs/coord/ledger 2>/dev/null
}

# Reads the id of the ledger's tip, as far as it has a file.
read_tip() {
    { read -r tip <"$ledger/refs/coord/ledger"; } 2>/dev/null || tip=
    case $tip in *[!0-9a-f]*) tip= ;; esac
}

# True when the ledger has an entry of this name; `id` is then its object id, otherwise `-`.
holds() {
    id=${held%%"$tab$1$newline"*}
    case $id in
    "$held")
        id=-
        return 1
        ;;
    esac
    id=${id##* }
}

# True when the ledger holds no claim, no halt, no rules and no session whose role limits what it may commit.
nothing_claimed() {
    read_tip
    read_ledger && ! holds claims && ! holds halt.json && ! holds rules.json && ! holds roles
}

# Sets `key` to what the ledger's claims and rules are known by (gitcoord/hook/claimed.py). False where it cannot be
# read, or holds a halt, or the limits of a role. What was found is kept for this tip, so that git is asked once.
read_key() {
    { IFS=' ' read -r seen key <"$common/coord/guarded"; } 2>/dev/null || seen=
    [ -n "$tip" ] && [ "$tip" = "$seen" ] && return 0
    read_ledger && ! holds halt.json && ! holds roles || return 1
    holds claims
    key="2 $id"
    holds rules.json
    key="$key $id"
    # The file is made by the guard, as open to others as the repository asks; here it is only written anew.
    [ -z "$tip" ] || [ ! -w "$common/coord/guarded" ] || { echo "$tip $key" >"$common/coord/guarded"; } 2>/dev/null
    return 0
}

# True when nothing speaks against a commit: no halt, no limits of roles, and each staged path is claimed by nobody, or
# by the session that the environment names and by nobody else. Leaves word for the hooks behind.
nothing_concerned() {
    [ ! -e "$common/coord/pending-bypass" ] && [ -z "${GIT_COMMON_DIR-}" ] || return 1
    read_tip
    # A damaged file ends the shell.
    trap start EXIT
    know_committer || known_end=
    spared
    spared=$?
    trap - EXIT
    return $spared
}

spared() {
    [ -n "$known_end" ] || read_key || return 1
    [ -n "$known_end" ] || [ "$key" != "2 - -" ] || return 0
    [ -n "$known_end" ] || { echo "$PPID" >"$left.since"; } 2>/dev/null
    staged=$(GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1 git -c core.quotePath=true -c core.fsmonitor=false \
        diff --cached --name-only --no-relative --no-renames --ignore-submodules=none 2>/dev/null) || return 1
    # Names that git writes in quotes are left to Python.
    case $staged in *\"*) return 1 ;; esac
    ifs=$IFS
    IFS=$newline
    set -f
    nothing_taken
    taken=$?
    set +f
    IFS=$ifs
    [ $taken = 0 ] || return 1
    leave_word
    return 0
}

# True when the session that the environment names is the one that a guard wrote down (gitcoord/hook/known.py), and
# whatever that rests on is the same: place, kernel and machine, the sessions of this clone, and the lease, which needs no
# renewal. The ledger is looked at later.
know_committer() {
    known_end=
    [ -n "${GIT_COORD_SESSION-}" ] && [ -n "$tip" ] && [ -r "$left.known" ] && [ -r "$left.until" ] || return 1
    { echo "$PPID" >"$left.since"; } 2>/dev/null || return 1
    . "$left.known"
    [ "$known_end" = end ] && [ "$known_as" = "$GIT_COORD_SESSION" ] && [ "$common" -ef "$known_place" ] &&
        [ -f "$common/coord/roster" ] && [ -f "$common/coord/clone" ] &&
        [ "$left.known" -nt "$common/coord/roster" ] && [ "$left.known" -nt "$common/coord/clone" ] &&
        [ "$left.until" -nt "$left.since" ] && [ "$left.since" -nt "$left.known" ] || return 1
    {
        read -r named <"$left.until" && read -r boot </proc/sys/kernel/random/boot_id || return 1
        read -r machine </etc/machine-id || machine=
    } 2>/dev/null
    [ "$named $boot $machine" = "$known_id $known_boot $known_machine" ] || return 1
    [ -z "$known_init" ] || same_container
}

# True when the first process is still the same: a copy of the clone in another container has another.
same_container() {
    { read -r first </proc/1/stat; } 2>/dev/null || return 1
    set -- ${first##*) }
    shift 19
    [ "$1" = "$known_init" ]
}

# True when each staged path is the committer's own, or nobody's. `ours` are then the claims, `token` is the newest.
nothing_taken() {
    ours= token=0 free=
    for path in $staged; do
        if [ -n "$known_end" ] && own "$path"; then
            case "$ours " in *" $claim "*) ;; *) ours="$ours $claim" ;; esac
            [ "$claim_token" -le "$token" ] || token=$claim_token
        else
            free=$free$newline$path
        fi
    done
    [ -z "$known_end" ] || [ "$tip" = "$known_tip" ] || unchanged || return 1
    [ -n "$known_end" ] && [ -z "$free" ] || nothing_claims $free
}

# True when nobody claims any of these paths, as far as the file about that tells (gitcoord/hook/claimed.py); false too
# where there are so many that Python is faster.
nothing_claims() {
    claimed_key= claimed_end=
    # Where the committer is not known the key was read before.
    [ -z "$known_end" ] || read_key || return 1
    [ "$key" != "2 - -" ] || return 0
    [ -r "$common/coord/claimed" ] && . "$common/coord/claimed"
    [ "$claimed_key $claimed_end" = "$key end" ] && [ $(($# * claimed_count)) -le 10000 ] || return 1
    for path; do
        ! claimed "$path" || return 1
    done
}

# Leaves word for the hooks behind that all this was looked at for this git and ledger, with the note of the commit where
# the committer is known. (What a merge brought is not the committer's.)
leave_word() {
    [ -n "$tip" ] || return 0
    if [ -z "$known_end" ] || [ -e "${GIT_DIR:-.git}/MERGE_HEAD" ]; then
        { echo "$PPID $tip unsaid" >"$left"; } 2>/dev/null
        return
    fi
    said=$maker
    shown=0
    for claim in $ours; do
        [ $((shown += 1)) -gt 20 ] || said="$said${tab}Coord-Claim: $claim"
    done
    [ -z "$ours" ] || said="$said${tab}Coord-Token: $token"
    { echo "$PPID $tip note$tab$said" >"$left"; } 2>/dev/null
}
