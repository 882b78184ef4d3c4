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
from gitcoord.kernel import coordfile, lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session

Place = tuple[str, str]
"""The name of a branch that is made for a member, which is that of its session too, and the path of its worktree."""

LOCK = "+"
"""How the name of the lock of a team begins: no team is called so."""


@contextmanager
def noted(call: Call, team: str, head: str, places: Sequence[Place]) -> Iterator[None]:
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


def sweep(call: Call) -> None:
    """Take away what processes left that were killed before their team was there; no work of anybody is in it."""
    home = call.place.coord_dir / coordfile.SPAWNING
    for said in sorted(home.iterdir()) if home.is_dir() else ():
        if not said.name.startswith(LOCK):
            with suppress(Busy), lock.held(home / f"{LOCK}{said.name}", 0):
                _undo(call, said)


def _undo(call: Call, said: Path) -> None:
    """Undo what a file has on record, unless the team came about or somebody of it lives."""
    try:
        noted_there = json.loads(said.read_text())
        head, places = str(noted_there["head"]), [(str(name), str(path)) for name, path in noted_there["places"]]
    except (OSError, ValueError):  # nothing was made before it was written
        said.unlink(missing_ok=True)
        return
    paths = {path for _, path in places}
    begun = [one for one in session.every(call.state) if one.worktree in paths and call.workspace.is_ours(one)]
    team = record.read(call.state, said.name)
    came_about = team is not None and any(one.session == other.id for one in team.members for other in begun)
    if not came_about:
        if any(not call.workspace.gone(one) for one in begun):
            return
        gone = [name for name, path in places if _took_away(call, head, name, path)]
        _end(call, begun)
        if gone:
            call.warnings.append(
                f"took away what team {said.name} left, which was killed as it began: {', '.join(gone)}"
            )
    said.unlink(missing_ok=True)


def _took_away(call: Call, head: str, name: str, path: str) -> bool:
    """Take a worktree and its branch away where they are as they were made; whether that was so."""
    git = call.place.git
    if git.ask("rev-parse", "--verify", "--quiet", f"refs/heads/{name}")[1].decode().strip() != head:
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
