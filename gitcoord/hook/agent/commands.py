"""Before an agent runs a shell command: dangerous git commands, commits on a HEAD that was moved, subagents."""

# ruff: noqa: PTH113, PTH118 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.guard.snapshot import Snapshot
from gitcoord.hook.agent import danger, files, heads, heavy
from gitcoord.hook.agent.answer import Answer
from gitcoord.hook.agent.shell import Command, git_commands
from gitcoord.hook.agent.who import VARIABLE, Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.agent.danger import Danger
    from gitcoord.hook.agent.event import Event
    from gitcoord.hook.agent.memory import Memory
    from gitcoord.hook.context import Context

_BLIND = ("codex",)
"""Agents whose rules see only the first words of a command, so that they cannot ask about an option behind a path."""

_FOR_PEOPLE = "claim --override takes work away from another session: a person has to type it. Ask yours"

_MOVED = {
    "switched": "Another branch was checked out in this worktree",
    "reset": "The branch of this worktree was reset or rewritten",
}


def judge(context: Context, event: Event, memory: Memory, cwd: str) -> Answer:
    """Return what the agent is answered that is about to run a shell command. Raises `CoordError`."""
    for command in git_commands(event.command, cwd):
        if event.agent in _BLIND and command.verb == "coord" and {"claim", "--override"} <= set(command.args):
            return Answer(deny=_FOR_PEOPLE)
        top, git_dir = files.around(os.path.realpath(command.where))
        if not git_dir or files.common_of(git_dir) != context.common_dir:
            continue
        os.chdir(top)
        found = _seen(_without_alias(context, command))
        if found is not None and not _is_own(found, command, memory, context.common_dir):
            answer = _dangerous(context, event, found, git_dir)
            if answer is not None:
                return answer
        if command.verb == "commit":
            moved = _moved(context, memory, git_dir)
            if moved:
                return Answer(deny=moved)
    return Answer(command=_as_child(context, event))


def look_at_heads(context: Context, event: Event, memory: Memory, cwd: str) -> bool:
    """Remember the HEAD of each worktree in which a command has run; returns whether one of them made a commit."""
    commits = False
    for command in [Command("", [], cwd, []), *git_commands(event.command, cwd)]:
        git_dir = files.around(os.path.realpath(command.where))[1]
        if git_dir and files.common_of(git_dir) == context.common_dir:
            _remember(memory, git_dir, heads.current(git_dir, context.common_dir))
            commits = commits or command.verb in (
                "commit",
                "coord",
                "merge",
                "checkout",
                "restore",
                "reset",
                "rm",
                "mv",
            )
    return commits


def _dangerous(context: Context, event: Event, found: Danger, git_dir: str) -> Answer | None:
    """Return the refusal of a dangerous command where others are in its way, None where nobody is."""
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        window = Window(context, snapshot)
        others = window.others("" if found.everywhere else git_dir)
        if not others:
            return None
        strict = context.strictness()
        if strict == "off":
            return None
        text = danger.refusal(found, len(others))
        if strict == "warn":
            return Answer(context=text)
        env, pid = dict(context.environ), 0
        if window.me is not None:
            env[VARIABLE] = window.me.id
        else:
            pid = window.pid
    finally:
        snapshot.close()
    try:
        heavy.become("guard", event, context.common_dir, env, paths=[text], pid=pid)
    except OSError:
        return Answer(deny=text)


def _seen(command: Command) -> Danger | None:
    """Return what is dangerous about a command. `git checkout FILE` restores it: the words alone do not tell."""
    found = danger.of(command)
    words = command.args if found is not None and found.kind == "checkout" else []
    if words and all(os.path.isfile(os.path.join(command.where, word)) for word in words):
        return danger.Danger("restore", words)
    return found


def _is_own(found: Danger, command: Command, memory: Memory, common_dir: str) -> bool:
    """Whether a command is limited to files that this agent has edited itself."""
    named = [files.find(path, command.where, common_dir) for path in found.paths]
    return bool(named) and all(file is not None and memory.edited(file.path) is not None for file in named)


def _without_alias(context: Context, command: Command) -> Command:
    """Return the command behind an alias of git; the command itself where it is none."""
    if command.verb in _KNOWN:
        return command
    _, out, _ = context.git.ask("config", "--get", f"alias.{command.verb}")
    text = out.decode(errors="replace").strip()
    if not text:
        return command
    line = text.removeprefix("!") if text.startswith("!") else f"git {text}"
    found = git_commands(line, command.where)
    return Command(found[0].verb, found[0].args + command.args, command.where, command.settings) if found else command


def _moved(context: Context, memory: Memory, git_dir: str) -> str:
    """Return why a commit is refused: HEAD is not what this agent saw last. It is told once."""
    now = heads.current(git_dir, context.common_dir)
    how = heads.was_moved(context.git, memory.seen(f"head {git_dir}"), now)
    if how and context.strictness() != "refuse":
        how = ""
    _remember(memory, git_dir, now)
    if not how:
        return ""
    return f"{_MOVED[how]} since you looked last, and nothing was committed. See: git status. Then commit again"


def _remember(memory: Memory, git_dir: str, head: str) -> None:
    if head and memory.seen(f"head {git_dir}") != head:
        memory.note(f"head {git_dir}", head)


def _as_child(context: Context, event: Event) -> str:
    """Return the command to run in place of a subagent's, so that it belongs to the subagent's session; '' for none."""
    me = context.environ.get(VARIABLE, "")
    if event.agent != "claude-code" or not event.child or not me or "git" not in event.command:
        return ""
    return f"export {VARIABLE}={me}; {event.command}"


_KNOWN = frozenset(
    [
        *("add", "am", "apply", "bisect", "blame", "branch", "cat-file", "checkout", "cherry-pick", "clean", "clone"),
        *("commit", "config", "coord", "describe", "diff", "fetch", "fsck", "gc", "grep", "init", "log", "ls-files"),
        *("merge", "merge-base", "mv", "notes", "pull", "push", "rebase", "reflog", "remote", "reset", "restore"),
        *("rev-list", "rev-parse", "revert", "rm", "show", "show-ref", "stash", "status", "submodule", "switch", "tag"),
        "worktree",
    ]
)
"""Commands of git that need not be looked up: an alias cannot bear their names."""
