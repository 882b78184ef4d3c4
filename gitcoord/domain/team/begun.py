"""What is being made for a team: so that what was left by a process that was killed is known, and taken away."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.domain.session import end
from gitcoord.domain.session import record as session
from gitcoord.domain.team import record
from gitcoord.errors import Busy, CoordError
from gitcoord.kernel import branches, coordfile, lock
from gitcoord.kernel.refname import HEADS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

Planned = tuple[str, str]
"""The name of a branch that is made for a member, which is that of its session too, and the path of its worktree."""

LOCK = "+"
"""How the name of the lock of a team begins: no team is called so."""


@contextmanager
def noted(call: Call, team: str, head: str, places: Sequence[Planned]) -> Iterator[None]:
    """Have it on record, for the block, which worktrees are made at the commit `head` for a team. Raises `Busy`."""
    home = call.place.coord_dir / coordfile.SPAWNING
    home.mkdir(exist_ok=True)
    with lock.held(home / f"{LOCK}{team}", 0):
        said = home / team
        said.write_text(json.dumps({"head": head, "places": list(places)}))
        try:
            yield
        finally:
            said.unlink(missing_ok=True)


def left(workspace: Workspace, state: State) -> Iterator[tuple[str, list[str]]]:
    """Yield each team whose making was killed here, with the names of the branches and sessions that may be left."""
    for said in _on_record(workspace.place.coord_dir / coordfile.SPAWNING):
        with suppress(Busy), lock.held(_lock(said), 0):
            _, places = _read(said)
            begun = _begun(workspace, state, places)
            if not _came_about(state, said.name, begun) and all(workspace.gone(one) for one in begun):
                yield said.name, [name for name, _ in places]


def sweep(call: Call, team: str = "") -> list[str]:
    """Take away what processes left that were killed before their team was there; no work of anybody is in it.

    Of one team, or of all; returns the teams of which something was taken away.
    """
    swept = []
    for said in _on_record(call.place.coord_dir / coordfile.SPAWNING):
        with suppress(Busy), lock.held(_lock(said), 0):
            if team in ("", said.name) and _undo(call, said):
                swept.append(said.name)
    return swept


def _on_record(home: Path) -> list[Path]:
    listed = sorted(home.iterdir()) if home.is_dir() else []
    return [said for said in listed if not said.name.startswith(LOCK)]


def _lock(said: Path) -> Path:
    return said.with_name(f"{LOCK}{said.name}")


def _read(said: Path) -> tuple[str, list[Planned]]:
    """Return the commit and the places of a file; '' and none where nothing was made before it was written."""
    try:
        noted_there = json.loads(said.read_text())
        return str(noted_there["head"]), [(str(name), str(path)) for name, path in noted_there["places"]]
    except (OSError, ValueError):
        return "", []


def _begun(workspace: Workspace, state: State, places: Sequence[Planned]) -> list[Session]:
    paths = {path for _, path in places}
    return [one for one in session.every(state) if one.worktree in paths and workspace.is_ours(one)]


def _came_about(state: State, name: str, begun: Sequence[Session]) -> bool:
    team = record.read(state, name)
    return team is not None and any(one.session == other.id for one in team.members for other in begun)


def _undo(call: Call, said: Path) -> bool:
    """Undo what a file has on record, unless the team came about or somebody of it lives; whether it did."""
    head, places = _read(said)
    begun = _begun(call.workspace, call.state, places)
    undone = False
    if not _came_about(call.state, said.name, begun):
        if any(not call.workspace.gone(one) for one in begun):
            return False
        gone = {name for name, path in places if _took_away(call, head, name, path)}
        _end(call, begun)
        undone = bool(gone or begun)
        kept = [
            name
            for name, path in places
            if name not in gone and (Path(path).exists() or branches.tip(call.place, HEADS + name))
        ]
        if gone:
            named = ", ".join(sorted(gone))
            call.warnings.append(f"took away what team {said.name} left, which was killed as it began: {named}")
        if kept:
            call.warnings.append(f"team {said.name} was killed as it began; left, with work in it: {', '.join(kept)}")
    said.unlink(missing_ok=True)
    return undone


def _took_away(call: Call, head: str, name: str, path: str) -> bool:
    """Take a worktree and its branch away where they are as they were made; whether that was so."""
    git = call.place.git
    if branches.tip(call.place, HEADS + name) != head:
        return False
    listed = git.text("worktree", "list", "--porcelain").split("\n\n")
    block = next((one.splitlines() for one in listed if f"worktree {path}" in one.splitlines()), [])
    half = ["--force", "--force"] if "locked initializing" in block else []
    git.ask("worktree", "remove", *half, path)  # git refuses where something is in it that is not committed
    return not Path(path).exists() and git.ask("branch", "--quiet", "-D", name)[0] == 0


def _end(call: Call, begun: Sequence[Session]) -> None:
    for one in begun:
        with suppress(CoordError):
            end.end(call.workspace, one, "its team was not made")
