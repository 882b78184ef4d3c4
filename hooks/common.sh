# What the hooks of git-coord have in common. Sourced by each of them, with its `name` and the common git directory
# in `common`. POSIX sh. A guard that need not start Python costs at most one `git diff`, where the ledger has not moved.

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

# True when the guard before, of the same git, left word in `left` that holds for this ledger and index
# (gitcoord/hook/passed.py); `word` is what it said.
has_passed() {
    [ ! -e "$common/coord/pending-bypass" ] || return 1
    [ "$left.since" -nt "${GIT_INDEX_FILE:-${GIT_DIR:-.git}/index}" ] || return 1
    {
        IFS=' ' read -r asker seen word <"$left" && read -r last <"$left.since" && read -r tip <"$ledger/refs/coord/ledger"
    } 2>/dev/null || return 1
    [ "$asker $last $seen" = "$PPID $PPID $tip" ]
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
