"""Clean up: sessions that crashed long ago, refs and files of those that are over."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitcoord.domain import session
from gitcoord.domain.commands import retire
from gitcoord.ledger.ledger import SESSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

AFTER = 24 * 3600
"""Seconds for which a session must have been gone; `git coord retire` waits for nothing."""

_OF_A_SESSION = ("news", "told", "suspects")


@dataclass(frozen=True, slots=True)
class Collected:
    """What was cleaned up: sessions that were ended, and how many refs and files were dropped."""

    retired: list[str]
    refs: int
    files: int


def collect(workspace: Workspace, me: Session) -> Collected:
    """End sessions that have been gone for a day, and drop what is kept here of sessions that are over."""
    retired = _retire(workspace, me)
    ledger = workspace.ledger
    ledger.merge_logs()
    before = ledger.store.refs.list(SESSIONS + "/")
    state = ledger.state()
    over = [name for name in dict.fromkeys(map(_owner, before)) if session.ended(state, name) is not None]
    ledger.drop_logs(over, workspace.agreement.confirmed())
    refs = len(before) - len(ledger.store.refs.list(SESSIONS + "/"))
    files = sum(_remove(path) for path in _leftovers(workspace, state))
    place = workspace.place
    if place.store_dir != place.common_dir:  # a repository that nobody else runs git in
        place.store_git.ask("gc", "--auto", "--quiet")
    return Collected(retired, refs, files)


def _retire(workspace: Workspace, me: Session) -> list[str]:
    now = workspace.clock.now()
    gone = tuple(
        item.id
        for item in session.every(workspace.ledger.state())
        if item.id != me.id and item.held_until + AFTER < now and retire.over(workspace, item)
    )
    return retire.retire(workspace, me, gone, every_gone=False).retired if gone else []


def _owner(ref: str) -> str:
    return ref.removeprefix(SESSIONS + "/").partition("/")[0]


def _leftovers(workspace: Workspace, state: State) -> Iterator[Path]:
    """Files about sessions that are over, and bells whose waiter was killed as it hung them up."""
    for kind in _OF_A_SESSION:
        for path in _entries(workspace.place.coord_dir / kind):
            if session.read(state, path.name) is None:
                yield path
    for path in _entries(workspace.ledger.bells):
        if path.name.startswith(".") and path.stat().st_mtime < time.time() - AFTER:
            yield path


def _entries(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _remove(path: Path) -> int:
    inner = _entries(path)
    with suppress(OSError):  # it is gone already, or somebody just put something in
        for one in inner:
            one.unlink(missing_ok=True)
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
            return 1
    return len(inner)
