"""Before an agent edits files: refuse what is another session's, claim what is free, warn of what changed since."""

# ruff: noqa: PTH110 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.errors import CoordError
from gitcoord.guard.decision import decide
from gitcoord.guard.snapshot import Snapshot
from gitcoord.hook.agent import heavy, unseen
from gitcoord.hook.agent.answer import HEARS_BEFORE, Answer
from gitcoord.hook.agent.memory import SECOND
from gitcoord.hook.agent.who import VARIABLE, Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.decision import Decision
    from gitcoord.guard.judge import Verdict
    from gitcoord.guard.reader import Reader
    from gitcoord.guard.sessions import Sessions
    from gitcoord.hook.agent.event import Event
    from gitcoord.hook.agent.files import File
    from gitcoord.hook.agent.memory import Memory
    from gitcoord.hook.context import Context

RENEW = 10 * 60
"""Seconds after which an automatic claim is asked for again: it lasts thrice as long."""


def judge(context: Context, event: Event, memory: Memory, files: list[File]) -> Answer:
    """Return what the agent is answered that is about to edit these files."""
    paths = [file.path for file in files]
    known = [memory.edited(path) for path in paths]
    if event.use_id and all(edit is not None and edit[1] == event.use_id for edit in known):
        return Answer()  # the same event again: it was allowed, and what followed from it was done
    memory.note_edit(paths, event.use_id, claimed=False)
    for file in files:
        memory.note_tree(file.path, file.top)
    first = [file for file, edit in zip(files, known, strict=True) if edit is None and os.path.exists(file.real)]
    asked = unseen.ask(context, first)
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        window = Window(context, snapshot)
        decision = decide(snapshot, paths, _Edit(window, files), "edit")
        deny = _refusal(decision, window, snapshot) or _race(memory, paths)
        refused = _as_told(context, deny) if deny else None
        if refused is not None:
            memory.take_back(paths)
            return refused
        free = _unclaimed(known, paths, SECOND * RENEW)
        if free and _claims_by_itself(context):
            memory.note_edit(free, event.use_id, claimed=True)
            _claim(context, event, window, free)
    except CoordError:
        return Answer()  # an agent's tools go on where the claims cannot be read; the guard refuses the commit
    finally:
        snapshot.close()
        changed = asked.communicate()[1] if asked is not None else b""
    since, nobody = unseen.since_read(memory, files), unseen.of_nobody(memory, changed)
    if event.agent in HEARS_BEFORE:
        return Answer(context=unseen.warning(since, nobody))
    unseen.keep(memory, since, nobody)
    return Answer()


def _unclaimed(known: list[tuple[int, str, bool] | None], paths: list[str], since: int) -> list[str]:
    """The paths for which no claim was asked for lately."""
    import time

    now = time.time_ns()
    return [
        path for path, edit in zip(paths, known, strict=True) if edit is None or not edit[2] or now - edit[0] > since
    ]


def _claim(context: Context, event: Event, window: Window, paths: list[str]) -> None:
    """Let a process of its own claim these paths; it starts the session where there is none."""
    env = dict(context.environ)
    if window.me is not None:
        env[VARIABLE] = window.me.id
    pid = 0 if window.me is not None else window.pid
    for at in range(0, len(paths), heavy.MOST_PATHS):
        heavy.detach("claim", event, context.common_dir, env, paths=paths[at : at + heavy.MOST_PATHS], pid=pid)


def _claims_by_itself(context: Context) -> bool:
    _, out, _ = context.git.ask("config", "--type=bool", "--get", "coord.autoClaim")
    return out.strip() != b"false"


def _as_told(context: Context, deny: str) -> Answer | None:
    """Return a refusal as `coord.guard` wants it: refused, as a warning, or None where it is off."""
    strict = context.strictness()
    if strict == "refuse":
        return Answer(deny=deny)
    return Answer(context=deny) if strict == "warn" else None


def _refusal(decision: Decision, window: Window, reader: Reader) -> str:
    """Return why these edits are refused, '' where they are not."""
    if decision.halt is not None:
        return "Work here is halted: stop, and tell the person you work for. See: git coord halt --status"
    if decision.beyond is not None:
        from gitcoord.hook import unallowed

        return unallowed.sentence(decision.beyond, window.committer.sessions, reader)
    if decision.verdict is None or not decision.verdict.held:
        return ""  # what the rules want claimed first is claimed by this edit
    from gitcoord.policy import plain

    first = decision.verdict.held[0]
    sessions = window.committer.sessions
    holder, claim = sessions.holder(first.session), sessions.claim(first.session, first.claim)
    until = plain.until(holder.last + holder.lease, claim.until, sessions.liveness.now)
    shown, name = plain.path(first.path), plain.session(holder.id)
    if window.is_of_us(holder.id):
        return f"{shown} is being edited by another agent of this window ({name}): try again when that one has ended"
    more = f" (and {len(decision.verdict.refused) - 1} more)" if len(decision.verdict.refused) > 1 else ""
    ask = f", or ask: git coord send {holder.id} SUBJECT" if name == holder.id else ""
    return (
        f"{shown}{more} is claimed by {name} {until}. Work on something else{ask}, or wait in line: "
        f"git coord claim {plain.typed(first.path)} --wait 90s"
    )


def _race(memory: Memory, paths: list[str]) -> str:
    """Return why an edit is refused that another window was allowed a moment ago; '' where none was."""
    found = next(memory.others(paths), None)
    if found is None:
        return ""
    from gitcoord.policy import plain

    return (
        f"Another session edits {plain.path(found)} at this moment. Work on something else, or try again in a minute."
    )


class _Edit:
    """An edit, as the judge asks about it (`guard.reader.Occasion`)."""

    __slots__ = ("_files", "_window")

    def __init__(self, window: Window, files: list[File]) -> None:
        self._window = window
        self._files = files

    def sessions(self) -> Sessions:
        """The sessions."""
        return self._window.committer.sessions

    def mine(self) -> tuple[str, ...]:
        """Ids of the session that edits and of its ancestors."""
        return self._window.committer.mine()

    def by_person(self) -> bool:
        """No person edits through an agent's tool."""
        return False

    def existing(self) -> set[str]:
        """The files that are there."""
        return {file.path for file in self._files if os.path.exists(file.real)}

    def permit(self, found: Verdict) -> None:
        """Nothing is picked or squashed here."""

    def exempt(self, paths: list[str]) -> set[str]:
        """The paths that `.gitattributes` takes out of the guard's sight."""
        from gitcoord.guard import attributes

        return attributes.exempt(self._window.context.git, {"HEAD": paths})["HEAD"] if paths else set()
