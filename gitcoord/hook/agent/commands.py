"""Before an agent runs a shell command: dangerous git commands, commits on a HEAD that was moved, subagents."""

# ruff: noqa: PTH113, PTH118 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.guard.snapshot import Snapshot
from gitcoord.hook.agent import branch, danger, files, heavy
from gitcoord.hook.agent.answer import HEARS_BEFORE, Answer
from gitcoord.hook.agent.shell import Command, git_commands
from gitcoord.hook.agent.who import VARIABLE, Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.hook.agent.danger import Danger
    from gitcoord.hook.agent.event import Event
    from gitcoord.hook.agent.memory import Memory
    from gitcoord.hook.context import Context

_DEEPEST = 5
"""Aliases within aliases that are followed."""

_BLIND = ("codex", "copilot", "cursor")
"""Agents whose rules see only the first words of a command, so that they cannot ask about an option behind a path."""

_OUTPUT = ("-o", "-qo", "--output")
"""How the file is named into which a command writes; `-q` may stand in one word with it."""

ASKED = {
    "claim": (
        ("--override",),
        "claim --override takes work away from another session: a person has to type it. Ask yours",
    ),
    "status": (_OUTPUT, "status -o can write any file: a person has to type it. Leave -o FILE out"),
    "context": (_OUTPUT, "context -o can write any file: a person has to type it. Leave -o FILE out"),
}
"""The options that only a person may type, by their command, each with what an agent is told."""


def judge(context: Context, event: Event, memory: Memory, cwd: str) -> Answer:
    """Return what the agent is answered that is about to run a shell command. Raises `CoordError`."""
    warnings: list[str] = []
    for command in _commands(context, event, cwd):
        asked = _for_people(command) if event.agent in _BLIND else ""
        if asked:
            return Answer(deny=asked)
        found = _seen(command)
        top, git_dir = _place(command, found, context.common_dir)
        if not git_dir or files.common_of(git_dir) != context.common_dir:
            continue
        os.chdir(top)
        branch.find(context, memory, top)
        if found is not None and not _is_own(found, command, memory, context.common_dir):
            said = _dangerous(context, event, found, git_dir)
            if said.deny:
                return said
            if said.context:
                warnings.append(said.context)
                _keep_for_later(event, memory)
        if branch.commits(command):
            said = _moved(context, event, memory, git_dir)
            if said.deny:
                return said
            warnings += [said.context] if said.context else []
    heard = warnings if event.agent in HEARS_BEFORE else []
    return Answer(context=" ".join(dict.fromkeys(heard)), command=_as_child(context, event))


def look_at_heads(context: Context, event: Event, memory: Memory, cwd: str) -> bool:
    """Remember which HEADs the agent knows now that a command has run; returns whether one of them made a commit."""
    commits = False
    for command in [Command("", [], cwd, []), *_commands(context, event, cwd)]:
        git_dir = branch.git_dir_of(context, command.where)
        if git_dir:
            if not branch.is_strange(memory, git_dir) or branch.shows_head(command):
                branch.know(context, memory, git_dir)
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


def _for_people(command: Command) -> str:
    """Return why an agent may not type this command of ours, '' where it may."""
    options, refusal = ASKED.get(command.args[0], ((), "")) if command.verb == "coord" and command.args else ((), "")
    for option in options:
        for arg in command.args[1:]:
            glued = arg.startswith(option) and not option.startswith("--")
            if glued or arg.partition("=")[0] == option:
                return refusal
    return ""


def _dangerous(context: Context, event: Event, found: Danger, git_dir: str) -> Answer:
    """Return the refusal, or the warning, of a dangerous command where others are in its way."""
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        window = Window(context, snapshot)
        others = window.others("" if found.everywhere else git_dir)
        strict = context.strictness() if others else "off"
        if strict == "off":
            return Answer()
        if strict == "warn":
            return Answer(context=danger.warning(found, len(others)))
        text = danger.refusal(found, len(others))
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
    if found is not None and found.kind == "reset" and found.paths:
        is_file = os.path.lexists(os.path.join(command.where, found.paths[0]))
        return None if is_file else danger.Danger("reset")
    return found


def _place(command: Command, found: Danger | None, common_dir: str) -> tuple[str, str]:
    """Return the top and the git directory of the worktree that a command changes: the one it removes, or is run in."""
    if found is not None and found.kind == danger.REMOVAL:
        return files.worktree(command.where, found.paths[0], common_dir)
    return files.around(os.path.realpath(command.where))


def _is_own(found: Danger, command: Command, memory: Memory, common_dir: str) -> bool:
    """Whether a command is limited to files that this agent has edited itself."""
    named = [files.find(path, command.where, common_dir) for path in found.paths]
    return bool(named) and all(file is not None and memory.edited(file.path) is not None for file in named)


def _commands(context: Context, event: Event, cwd: str) -> Iterator[Command]:
    """Yield the git commands of a shell command; in this repository those behind an alias of git in its place."""
    for written in git_commands(event.command, cwd):
        is_here = written.verb not in _KNOWN and branch.git_dir_of(context, written.where)
        yield from _behind_alias(context, written) if is_here else [written]


def _behind_alias(context: Context, command: Command, depth: int = 0) -> list[Command]:
    """Return the commands behind an alias, which may be made of others; the command itself where it is none."""
    if command.verb in _KNOWN or depth > _DEEPEST:
        return [command]
    _, out, _ = context.git.ask("config", "--get", f"alias.{command.verb}")
    text = out.decode(errors="replace").strip()
    if text.startswith("!"):  # a line of shell, which git runs at the top of the worktree
        found = git_commands(text[1:], files.around(os.path.realpath(command.where))[0])
    else:
        found = git_commands(f"git {text}", command.where) if text else []
    if not found:
        return [command]
    found[-1].args += command.args
    return [behind for each in found for behind in _behind_alias(context, each, depth + 1)]


def _moved(context: Context, event: Event, memory: Memory, git_dir: str) -> Answer:
    """Return the refusal, or the warning, of a commit where HEAD is not what this agent saw last. It is told once."""
    how = branch.moved(context, memory, git_dir)
    strict = context.strictness() if how else "off"
    if strict == "off":
        return Answer()
    if strict == "warn":
        _keep_for_later(event, memory, how)
        return Answer(context=branch.warning(how))
    return Answer(deny=branch.refusal(how))


def _keep_for_later(event: Event, memory: Memory, moved: str = "") -> None:
    """Keep a warning for an agent that hears it only when the command has ended: how HEAD was moved, or a danger."""
    if event.agent in HEARS_BEFORE:
        return
    from gitcoord.hook.agent import unseen

    if moved:
        unseen.keep_moved(memory, moved)
    else:
        unseen.keep_passed(memory, [])


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
        *("rev-list", "rev-parse", "revert", "rm", "show", "show-ref", "stage", "stash", "status", "submodule"),
        *("switch", "tag", "worktree"),
    ]
)
"""Commands of git that need not be looked up: an alias cannot bear their names."""
