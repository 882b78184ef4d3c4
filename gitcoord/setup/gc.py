"""Clean up: sessions that crashed long ago, refs and files of those that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import registry
from gitcoord.domain.command import Command
from gitcoord.domain.message import files
from gitcoord.domain.session import leftovers, retire
from gitcoord.domain.session import record as session
from gitcoord.domain.wording import plural
from gitcoord.kernel import packing
from gitcoord.kernel.refname import SESSIONS, session_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

AFTER = 24 * 3600
"""Seconds for which a session must have been gone; `git coord retire` waits for nothing."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was cleaned up: sessions that were ended, how many refs and files were dropped, and objects packed."""

    retired: list[str]
    refs: int
    files: int
    packed: int


def collect(workspace: Workspace, me: Session) -> Collected:
    """End sessions that have been gone for a day, and drop what is kept here of sessions that are over."""
    retired = _retire(workspace, me)
    ledger = workspace.ledger
    ledger.merge_logs()
    before = ledger.store.refs.list(SESSIONS + "/")
    state = ledger.state()
    over = [name for name in dict.fromkeys(map(session_of, before)) if session.ended(state, name) is not None]
    ledger.drop_logs(over, workspace.agreement.confirmed())
    files.drop_over(workspace, *registry.kept())
    refs = len(before) - len(ledger.store.refs.list(SESSIONS + "/"))
    removed = leftovers.remove(workspace, state)
    place = workspace.place
    packed = packing.pack(ledger.store, place.store_git) if place.flag("coord.pack", True) else 0
    if place.store_dir != place.common_dir:  # a repository that nobody else runs git in
        place.store_git.ask("gc", "--auto", "--quiet")
    return Collected(retired, refs, removed, packed)


def _retire(workspace: Workspace, me: Session) -> list[str]:
    now = workspace.clock.now()
    gone = tuple(
        item.id
        for item in session.every(workspace.ledger.state())
        if item.id != me.id and item.held_until + AFTER < now and retire.over(workspace, item)
    )
    return retire.retire(workspace, me, gone, every_gone=False).retired if gone else []


@dataclass(frozen=True, slots=True)
class Clean:
    """Clean up."""


def run(call: Call, _: Clean) -> Collected:
    """Clean up what nobody needs."""
    return collect(call.workspace, call.me())


def _lines(_: Call, answer: Collected) -> Iterator[str]:
    yield (
        f"ended {plural(len(answer.retired), 'session')} that crashed more than a day ago, "
        f"dropped {plural(answer.refs, 'ref')} and {plural(answer.files, 'file')} of sessions that are over"
    )


COMMANDS = (Command("gc", Clean, run, _lines, does="destroys"),)
