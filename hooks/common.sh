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

# True when the ledger holds no claim, no halt and no rules. False when it cannot be read, or is not a ledger (that
# always has a meta.json): then Python says why.
nothing_claimed() {
    case $store in
    '') ledger=$common ;;
    /*) ledger=$store ;;
    *) ledger=$common/$store ;;
    esac
    held=$(git --git-dir="$ledger" ls-tree --full-tree --name-only refs/coord/ledger 2>/dev/null) || return 1
    case "
$held
" in
    *'
meta.json
'*) ;;
    *) return 1 ;;
    esac
    case "
$held
" in
    *'
claims
'* | *'
halt.json
'* | *'
rules.json
'*) return 1 ;;
    esac
    # Where the ref is missing git reads a branch or tag called refs/... in its place; one that has a file is itself.
    [ -f "$ledger/refs/coord/ledger" ] ||
        git --git-dir="$ledger" show-ref --verify --quiet refs/coord/ledger 2>/dev/null
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
        exec "$python" -I -S "$main" ${store:+"--store=$store"} "$name" "$common" "$@"
    fi
    # Another installation does as well, if it works.
    git-coord --version >/dev/null 2>&1 && exec git-coord hook "$name" "$@"
    echo "git-coord: $python or $package/gitcoord is gone, so $name checked nothing." \
        "After installing it again: git coord init. To remove the hook:" \
        "${remove:-git config --remove-section hook.coord-$name}" >&2
    exit 0
}
