# What the hooks of git-coord have in common. Sourced by each of them, with its `name` and the common git directory
# in `common`. POSIX sh; where nothing is claimed it costs one `git ls-tree` and no Python.

python=@PYTHON@
package=@PACKAGE@
store=@STORE@

# `git coord doctor` asks whether git really reaches this hook. 1, so that no hook after this one runs for the question.
if [ -n "${GIT_COORD_PROBE-}" ]; then
    echo "$name" >>"$GIT_COORD_PROBE"
    exit 1
fi

newline='
'
tab='	'
case $store in
'') ledger=$common ;;
/*) ledger=$store ;;
*) ledger=$common/$store ;;
esac
case ${GIT_DIR-} in
*/worktrees/*) left=$common/coord/passed/worktree-${GIT_DIR##*/worktrees/} ;;
*) left=$common/coord/passed/main ;;
esac

# Reads the names and ids of what the ledger holds. False when it cannot be read, or is not a ledger (that always has a
# meta.json): then Python says why.
read_ledger() {
    { read -r tip <"$ledger/refs/coord/ledger"; } 2>/dev/null || tip=
    held=$(git --git-dir="$ledger" ls-tree --full-tree refs/coord/ledger 2>/dev/null) || return 1
    held=$held$newline
    holds meta.json || return 1
    # Where the ref is missing git reads a branch or tag called refs/... in its place; one that has a file is itself.
    [ -f "$ledger/refs/coord/ledger" ] ||
        git --git-dir="$ledger" show-ref --verify --quiet refs/coord/ledger 2>/dev/null
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
    ! holds claims && ! holds halt.json && ! holds rules.json && ! holds roles
}

# True when nothing speaks against a commit: no halt, no limits of roles, and nothing staged that a pattern in coord/claimed takes, where that
# is about these claims and rules (gitcoord/hook/claimed.py). Names that git writes in quotes are left to Python.
nothing_concerned() {
    [ ! -e "$common/coord/pending-bypass" ] && ! holds halt.json && ! holds roles || return 1
    holds claims
    key="1 $id"
    holds rules.json
    key="$key $id"
    patterns=$(cat "$common/coord/claimed" 2>/dev/null) || return 1
    case $patterns in
    "$key$newline"*"${newline}end") patterns=${patterns#*"$newline"} ;;
    *) return 1 ;;
    esac
    { echo "$PPID" >"$left.since"; } 2>/dev/null
    staged=$(GIT_NO_LAZY_FETCH=1 git -c core.quotePath=true -c core.fsmonitor=false diff --cached --name-only \
        --no-relative --no-renames --ignore-submodules=none 2>/dev/null) || return 1
    case $staged in *\"*) return 1 ;; esac
    ifs=$IFS
    IFS=$newline
    set -f
    none_taken
    taken=$?
    set +f
    IFS=$ifs
    [ $taken = 0 ] && [ -n "$tip" ] && { echo "$PPID $tip unsaid" >"$left"; } 2>/dev/null
    return $taken
}

# True when no line of `patterns`, but for the last, takes one of `staged`; false too where these are so many that Python
# is faster.
none_taken() {
    patterns=${patterns%end}
    set -- $staged
    paths=$#
    set -- $patterns
    [ $((paths * $#)) -le 5000 ] || return 1
    for path in $staged; do
        for pattern in $patterns; do
            case $path in $pattern) return 1 ;; esac
        done
    done
}

# True when the guard before, of the same git, left word in `left` that holds for this ledger and index
# (gitcoord/hook/passed.py); `word` is what it said.
has_passed() {
    [ ! -e "$common/coord/pending-bypass" ] || return 1
    [ "$left.since" -nt "${GIT_INDEX_FILE:-${GIT_DIR:-.git}/index}" ] || return 1
    {
        read -r asker seen word <"$left" && read -r last <"$left.since" && read -r tip <"$ledger/refs/coord/ledger"
    } 2>/dev/null || return 1
    [ "$asker $last $seen" = "$PPID $PPID $tip" ]
}

# Writes what the guard left: on record (gitcoord/guard/record.py), and as the note. False where that is Python's work.
# (Of an amended commit post-rewrite writes it.)
write_note() {
    case $word in
    nobody) return 0 ;;
    note) ;;
    *) return 1 ;;
    esac
    # The guard has made the file, as open as the directory; its place may be taken since.
    [ -f "$common/coord/makers" ] && [ -w "$common/coord/makers" ] || return 1
    set -C # so that this fails where another is at it
    { : >"$common/coord/notes.busy"; } 2>/dev/null
    taken=$?
    set +C
    [ $taken = 0 ] || return 1
    { read -r word && record_and_note; } <"$left" >/dev/null 2>&1
    written=$?
    rm -f "$common/coord/notes.busy" "$left" "$left.since"
    return $written
}

# Puts the lines of standard input on record of HEAD, and into its note.
record_and_note() {
    read -r head <"${GIT_DIR:-.git}/HEAD"
    case $head in "ref: "*) read -r head <"$common/${head#ref: }" ;; esac
    case $head in '' | *[!0-9a-f]*) head=$(git rev-parse --verify HEAD) || return 1 ;; esac
    said=
    shown=
    while read -r line; do
        said=$said$tab$line
        shown=$shown$line$newline
    done
    # In one write, which begins with a line end: a line that was cut short before does not run into this one.
    printf '%s' "$newline$head$said$tab.$newline" >>"$common/coord/makers" &&
        git notes --ref=coord add -f -m "$shown" "$head"
}

# Hands over to the program; does not return. Where the program was removed git goes on: that must never brick a
# repository.
start() {
    main=$package/gitcoord/hook/__main__.py
    if [ -x "$python" ] && [ -f "$main" ]; then
        # Absolute and without links, by builtins: a subshell would be a fork on every commit.
        stood=$PWD
        CDPATH='' cd -P -- "$common" && common=$PWD
        CDPATH='' cd -- "$stood" || exit 1
        exec "$python" -I -S "$main" ${store:+"--store=$store"} "--git=$PPID" "$name" "$common" "$@"
    fi
    # Another installation does as well, if it works.
    git-coord --version >/dev/null 2>&1 && exec git-coord hook "$name" "$@"
    echo "git-coord: $python or $package/gitcoord is gone, so $name checked nothing." \
        "After installing it again: git coord init. To remove the hook:" \
        "${remove:-git config --remove-section hook.coord-$name}" >&2
    exit 0
}
