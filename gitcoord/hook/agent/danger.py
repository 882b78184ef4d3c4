"""Which git commands take away what others have in the same worktree, and what to do in their place."""

# ruff: noqa: PTH118 - light: pathlib is not imported

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.agent.shell import Command

_OWN_TREE = "Take a worktree of your own: git worktree add -b NEW_BRANCH ../NEW_DIRECTORY"
_OWN_FILES = "Commit your own files only: git coord commit -m MESSAGE"

REMOVAL = "worktree remove"
"""The removal of another worktree with all that is in it: `paths` names it."""

ADVICE = {
    "checkout": _OWN_TREE,
    "switch": _OWN_TREE,
    "rebase": _OWN_TREE,
    "restore": "Restore only files that you have edited yourself, each by its name",
    "reset": "Commit what is yours first (git coord commit -m MESSAGE), and undo it with git revert",
    "clean": "Delete your own files, each by its name",
    "rm": "Delete your own files, each by its name",
    "add": _OWN_FILES,
    "commit": _OWN_FILES,
    "stash": "All worktrees share one stash. " + _OWN_FILES,
    REMOVAL: "Let its session end first: git coord sessions. Without --force git removes a worktree that is clean",
}
"""What to do instead of each dangerous command, by the word that `kind` gives it."""

_EVERYTHING = frozenset([".", "*", ":/", ":/.", ":/*", ":(top)"])
_HERE = frozenset(["HEAD", "@"])
_WILD = frozenset("*?[")


class Danger:
    """A dangerous command: `kind` is a word of `ADVICE`, `paths` the files that it is limited to, as written.

    The one word of a `reset` may name a commit or a file: git takes what is there for a file.
    `everywhere`: it concerns all worktrees.
    """

    __slots__ = ("everywhere", "kind", "paths")

    def __init__(self, kind: str, paths: list[str] | None = None, *, everywhere: bool = False) -> None:
        self.kind = kind
        self.paths = paths or []
        self.everywhere = everywhere


def refusal(found: Danger, others: int) -> str:
    """Return why a dangerous command is refused where so many other sessions are in its way."""
    return f"{_harm(found, others)}, so it is refused. {ADVICE[found.kind]}"


def warning(found: Danger, others: int) -> str:
    """Return what is said of a dangerous command that is let pass."""
    return f"{_harm(found, others)}. {ADVICE[found.kind]}"


def _harm(found: Danger, others: int) -> str:
    who = "another session has" if others == 1 else f"{others} other sessions have"
    which = "that" if found.kind == REMOVAL else "this"
    where = "in this clone" if found.everywhere else f"in {which} worktree"
    verb = f"git {found.kind}" + (" of everything" if found.kind in ("add", "commit") else "")
    return f"{verb} would touch what {who} {where}"


def of(command: Command) -> Danger | None:
    """Return what is dangerous about a git command where other sessions work in the same worktree, None for nothing."""
    judge = _JUDGES.get(command.verb)
    return judge([_short(arg, command.where) for arg in command.args]) if judge is not None else None


def _short(arg: str, where: str) -> str:
    """Return a word of a command; `.` for a path that holds all of the directory where it runs."""
    if arg.startswith(("-", ":")) or ("/" not in arg and arg != ".."):
        return arg
    named = os.path.normpath(os.path.join(where, arg))
    return "." if f"{os.path.normpath(where)}/".startswith(f"{named.rstrip('/')}/") else arg


def _checkout(args: list[str]) -> Danger | None:
    options, paths = _split(args, values="bB")
    if _has(options, "h", "--help"):
        return None
    if "--" in args:
        return Danger("restore", paths) if paths else Danger("checkout")
    return Danger("checkout")


def _switch(args: list[str]) -> Danger | None:
    return None if _has(_split(args, values="cC")[0], "h", "--help") else Danger("switch")


def _restore(args: list[str]) -> Danger | None:
    options, paths = _split(args, values="s")
    if _has(options, "S", "--staged") and not _has(options, "W", "--worktree"):
        return None
    return Danger("restore", paths)


def _reset(args: list[str]) -> Danger | None:
    options, words = _split(args)
    if _has(options, "", "--hard", "--merge", "--keep"):
        return Danger("reset")
    before = _split(args[: args.index("--")])[1] if "--" in args else words
    only_files = len(before) != 1 or ("--" in args and words) or _has(options, "p", "--patch", "--pathspec-from-file")
    if only_files or before[0] in _HERE or not _WILD.isdisjoint(before[0]):
        return None
    return Danger("reset", [] if "--" in args else before)


def _checkout_index(args: list[str]) -> Danger | None:
    options, paths = _split(args)
    return Danger("restore", paths) if _has(options, "f", "--force") else None


def _read_tree(args: list[str]) -> Danger | None:
    options, _ = _split(args)
    return Danger("reset") if _has(options, "", "--reset") and not _has(options, "n", "--dry-run") else None


def _symbolic_ref(args: list[str]) -> Danger | None:
    _, words = _split(args, values="m")
    return Danger("switch") if len(words) > 1 and words[0] == "HEAD" else None


def _rm(args: list[str]) -> Danger | None:
    options, paths = _split(args)
    harmless = _has(options, "n", "--dry-run", "--cached") or not _has(options, "f", "--force")
    return None if harmless else Danger("rm", paths)


def _clean(args: list[str]) -> Danger | None:
    options, _ = _split(args, values="e")
    harmless = _has(options, "n", "--dry-run") or not _has(options, "f", "--force")
    return None if harmless else Danger("clean")


def _rebase(args: list[str]) -> Danger | None:
    under_way = ("--continue", "--skip", "--abort", "--quit", "--edit-todo", "--show-current-patch", "--help")
    return None if _has(args, "h", *under_way) else Danger("rebase")


def _pull(args: list[str]) -> Danger | None:
    rebases = _has([arg for arg in args if not arg.endswith("=false")], "", "--rebase") or "-r" in args
    return Danger("rebase") if rebases else None


def _add(args: list[str]) -> Danger | None:
    options, paths = _split(args)
    if _has(options, "n", "--dry-run", "--help") or _has(options, "p", "--patch"):
        return None
    whole = _has(options, "A", "--all", "--no-ignore-removal") or _has(options, "u", "--update")
    if whole and not paths:
        return Danger("add")
    return Danger("add") if _EVERYTHING.intersection(paths) else None


def _commit(args: list[str]) -> Danger | None:
    options, paths = _split(args, values="mFCct", glued="uS")
    whole = _has(options, "a", "--all") or _EVERYTHING.intersection(paths)
    return Danger("commit") if whole and not _has(options, "", "--dry-run") else None


def _stash(args: list[str]) -> Danger | None:
    words = [arg for arg in args if not arg.startswith("-")]
    if words[:1] in (["list"], ["show"], ["create"], ["store"]) or "--help" in args or "-h" in args:
        return None
    return Danger("stash", everywhere=True)


def _worktree(args: list[str]) -> Danger | None:
    options, words = _split(args)
    forced = words[:1] == ["remove"] and _has(options, "f", "--force")
    return Danger(REMOVAL, words[1:2]) if forced and words[1:] else None


def _split(args: list[str], values: str = "", glued: str = "") -> tuple[list[str], list[str]]:
    """Return options, without their values, and paths (or branches).

    `values` are the short options with a value, which is the rest of the word, or the next word where that is empty;
    `glued` are those whose value can only be the rest of the word.
    """
    options: list[str] = []
    at = 0
    paths: list[str] = []
    while at < len(args):
        arg = args[at]
        at += 1
        if arg == "--":
            return options, args[at:]
        if arg.startswith("-") and len(arg) > 1:
            letter = 0 if arg.startswith("--") else _valued(arg, values + glued)
            options.append(arg[: letter + 1] if letter else arg)
            if letter and letter == len(arg) - 1 and arg[letter] in values:
                at += 1
        else:
            paths.append(arg)
    return options, paths


def _valued(arg: str, letters: str) -> int:
    """Return where in a row of short options the first one with a value stands, 0 for none."""
    return next((at for at, letter in enumerate(arg) if at and letter in letters), 0)


def _has(options: list[str], letter: str, *names: str) -> bool:
    """Whether one of the options is there: its letter, alone or among others, or a long name, even cut short."""
    for option in options:
        if option.startswith("--"):
            said = option.partition("=")[0]
            if any(name.startswith(said) for name in names) and said != "--":
                return True
        elif letter and option.startswith("-") and letter in option[1:]:
            return True
    return False


_JUDGES = {
    "checkout": _checkout,
    "checkout-index": _checkout_index,
    "read-tree": _read_tree,
    "symbolic-ref": _symbolic_ref,
    "rm": _rm,
    "switch": _switch,
    "restore": _restore,
    "reset": _reset,
    "clean": _clean,
    "rebase": _rebase,
    "pull": _pull,
    "add": _add,
    "stage": _add,
    "commit": _commit,
    "stash": _stash,
    "worktree": _worktree,
}
