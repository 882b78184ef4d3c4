"""Changes of which an agent does not know that is about to edit a file: made since it read it, or by nobody known."""

# ruff: noqa: PTH116 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.guard.changes import normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.agent.files import File
    from gitcoord.hook.agent.memory import Memory
    from gitcoord.hook.context import Context
    from gitcoord.kernel.spawn import Process

SINCE, NOBODY = "since", "nobody"
"""The words under which the first of such files stand in a memory, for an agent that hears of them afterwards."""

LET_PASS = "let-pass"
"""The word for what `coord.guard` = `warn` let pass: the file that was edited, or `COMMAND`."""

COMMAND = "command"

MOVED = "let-move"
"""The word for how HEAD was moved before a commit that `coord.guard` = `warn` let pass."""


def ask(context: Context, files: list[File]) -> Process | None:
    """Start asking git which of these files hold changes that are not committed; None for no files."""
    if not files:
        return None
    return context.git.start("diff", "--name-only", "-z", "HEAD", "--", *(f":(literal){file.real}" for file in files))


def since_read(memory: Memory, files: list[File]) -> list[str]:
    """Return those of the files that changed since this agent saw their content."""
    changed = []
    for file in files:
        seen = memory.read(file.real)
        if seen is not None:
            try:
                found = os.stat(file.real)
            except OSError:
                continue
            if (found.st_mtime_ns, found.st_size) != seen:
                changed.append(file.path)
    return changed


def of_nobody(memory: Memory, changed: bytes) -> list[str]:
    """Return those of the changed files that no agent of this clone has edited; `changed` is what git said."""
    paths = [normal(name) for name in changed.split(b"\0") if name]
    return [path for path in paths if path not in memory.edited_by_anybody(paths)] if paths else []


def keep(memory: Memory, since: list[str], nobody: list[str]) -> None:
    """Remember what to warn of later."""
    for word, paths in ((SINCE, since), (NOBODY, nobody)):
        if paths:
            memory.note(word, paths[0])


def kept(memory: Memory) -> str:
    """Return the warning that was put off, which is gone then; '' for none."""
    passed = memory.pop(LET_PASS)
    lines = [
        _passed(passed),
        _on_another_head(memory.pop(MOVED)),
        warning(*([path] if (path := memory.pop(word)) else [] for word in (SINCE, NOBODY))),
    ]
    return " ".join(line for line in lines if line)


def keep_passed(memory: Memory, paths: list[str]) -> None:
    """Remember that an edit of these files, or a command where there are none, was only warned of."""
    memory.note(LET_PASS, paths[0] if paths else COMMAND)


def keep_moved(memory: Memory, how: str) -> None:
    """Remember that HEAD had been moved so before a commit, which was only warned of."""
    memory.note(MOVED, how)


def _on_another_head(how: str) -> str:
    from gitcoord.hook.agent import branch

    return branch.warning_afterwards(how) if how else ""


def _passed(what: str) -> str:
    """Return the warning about what was let pass, in our words: what stands in a file is not believed."""
    if not what:
        return ""
    if what == COMMAND:
        return "That command can take away or along what other sessions have not committed. See: git coord status"
    from gitcoord.policy import plain

    return (
        f"{plain.path(what)} is not for this session to edit now: another session claims it, the work is halted, or"
        f" the role does not allow it. See: git coord check {plain.typed(what)}"
    )


def warning(since: list[str], nobody: list[str]) -> str:
    """Return what to tell an agent of these files, '' where there is nothing."""
    if not since and not nobody:
        return ""
    from gitcoord.policy import plain

    def named(paths: list[str]) -> str:
        return plain.path(paths[0]) + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")

    lines = []
    if since:
        lines.append(
            f"{named(since)} changed on disk after you read it: read it again, so that nothing of that is lost."
        )
    if nobody:
        lines.append(
            f"{named(nobody)} holds uncommitted changes that no session is known to have made; they may be a person's."
            " See: git diff"
        )
    return " ".join(lines)
