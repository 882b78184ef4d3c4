"""The branch guard: which HEAD an agent knows in a worktree, and whether somebody moved it since.

It knows the HEAD of the moment when its window opened, the one that a command showed to it, and the one that a command
of its own left behind. Where HEAD was found moved before a command, and the command does not show it, the agent does
not know it afterwards either. A commit is not made on a HEAD that was moved so, until that was told.
"""

# ruff: noqa: PTH113 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.hook.agent import files, heads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.agent.memory import Memory
    from gitcoord.hook.agent.shell import Command
    from gitcoord.hook.context import Context

_MOVED = {
    "switched": "Another branch was checked out in this worktree",
    "reset": "The branch of this worktree was reset or rewritten",
}

_COMMITTING = frozenset(["commit", "merge", "pull", "cherry-pick", "revert", "am"])
_ENDING = frozenset(["--abort", "--quit", "--help", "-h"])


def git_dir_of(context: Context, directory: str) -> str:
    """Return the git directory of the worktree around a directory, '' where it is not one of this repository."""
    git_dir = files.around(os.path.realpath(directory))[1]
    return git_dir if git_dir and files.common_of(git_dir) == context.common_dir else ""


def know(context: Context, memory: Memory, git_dir: str) -> None:
    """Remember that the agent knows the HEAD of a worktree as it is now."""
    now = heads.current(git_dir, context.common_dir)
    if now:
        _note(memory, f"head {git_dir}", now)
        _note(memory, f"moved {git_dir}", "")


def find(context: Context, memory: Memory, directory: str) -> None:
    """Take note of the HEAD that an agent's command finds in a directory, before it runs."""
    git_dir = git_dir_of(context, directory)
    now = heads.current(git_dir, context.common_dir) if git_dir else ""
    if not now or now == memory.seen(f"moved {git_dir}"):
        return
    if heads.was_moved(context.git, memory.seen(f"head {git_dir}"), now):
        memory.note(f"moved {git_dir}", now)
    else:
        know(context, memory, git_dir)


def is_strange(memory: Memory, git_dir: str) -> bool:
    """Whether the HEAD of a worktree was found moved, and was not shown to the agent since."""
    return bool(memory.seen(f"moved {git_dir}"))


def moved(context: Context, memory: Memory, git_dir: str) -> str:
    """Return how HEAD was moved since the agent knew it, '' where it was not. It is known from now on."""
    now = heads.current(git_dir, context.common_dir)
    how = heads.was_moved(context.git, memory.seen(f"head {git_dir}"), now)
    know(context, memory, git_dir)
    return how


def refusal(how: str) -> str:
    """Return why a commit is refused."""
    return f"{_MOVED[how]} since you looked last, and nothing was committed. See: git status. Then commit again"


def warning(how: str) -> str:
    """Return what is said of a commit that is let pass."""
    return f"{_MOVED[how]} since you looked last. See: git status"


def warning_afterwards(how: str) -> str:
    """Return the same for an agent that hears it when the commit is made; '' for a word that is none of ours."""
    return f"{_MOVED[how]} before that commit, and you had not seen it. See: git status" if how in _MOVED else ""


def commits(command: Command) -> bool:
    """Whether a command makes commits on the branch of its worktree."""
    if command.verb == "coord":
        return command.args[:1] == ["commit"]
    return command.verb in _COMMITTING and _ENDING.isdisjoint(command.args)


def shows_head(command: Command) -> bool:
    """Whether the agent learns from a command which branch, or which commits, it is on."""
    verb, args = command.verb, command.args
    words = [arg for arg in args if not arg.startswith("-")]
    if verb == "status":
        flags = "".join(arg[1:] for arg in args if arg.startswith("-") and not arg.startswith("--"))
        brief = "s" in flags or any(arg.startswith(("--short", "--porcelain")) for arg in args)
        return not brief or "b" in flags or "--branch" in args
    if verb == "checkout":
        return bool(words) and "--" not in args and not all(os.path.isfile(f"{command.where}/{word}") for word in words)
    if verb == "branch":
        return not words
    return verb in ("log", "reflog", "switch") or (verb == "rev-parse" and "--abbrev-ref" in args)


def _note(memory: Memory, word: str, value: str) -> None:
    if memory.seen(word) != value:
        memory.note(word, value)
