"""The test of what is to land, in a worktree of its own: passed, failed, or it could not run."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.claim import release
from gitcoord.domain.land import line
from gitcoord.domain.session import record as session
from gitcoord.domain.session.identity import VARIABLE
from gitcoord.errors import Busy, CoordError, GitFailed
from gitcoord.kernel import coordfile, lock, timed
from gitcoord.kernel.git import scrubbed
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session

DIRECTORY = coordfile.LANDING
"""In the coord directory: for each session that lands a lock, and the name of its worktree."""

PREFIX = "git-coord-land-"
"""How the name of the directory of a landing begins."""

NOT_RUN = (126, 127, timed.TIMED_OUT)
"""Exit statuses that say nothing of what was tested: not executable, not found, and too slow."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A test that was run: its verdict ('passed', 'failed' or 'could not run'), its exit status, and on what."""

    verdict: str
    status: int
    tree: str
    seconds: int


@contextmanager
def alone(call: Call, me: Session, branch: str) -> Iterator[Path]:
    """Be the only landing of a session, for the block, in this branch.

    Returns where the worktree may be made. Raises `Busy`.
    """
    sweep(call)
    home = call.place.coord_dir / DIRECTORY
    with lock.held(home / f"{me.id}.lock", 0):
        directory = Path(call.environ.get("TMPDIR") or "/tmp")
        room = directory / f"{PREFIX}{call.workspace.ids.hexadecimal(12)}"
        record = home / me.id
        record.write_text(f"{room}\n{branch}\n")
        room.mkdir(mode=0o700)
        try:
            yield room
        finally:
            if (room / "work").exists():
                _remove(call, room)
            shutil.rmtree(room, ignore_errors=True)
            record.unlink(missing_ok=True)


def sweep(call: Call) -> None:
    """Take away what killed landings of this clone left: their worktrees, and their places in line."""
    home = call.place.coord_dir / DIRECTORY
    home.mkdir(exist_ok=True)
    for record in home.iterdir():
        if record.suffix == ".lock":
            continue
        try:
            with lock.held(record.with_name(f"{record.name}.lock"), 0):
                room, _, branch = record.read_text().strip().partition("\n")
                if Path(room).name.startswith(PREFIX):
                    _remove(call, Path(room))
                if branch:
                    _leave(call, SessionId(record.name), branch)
                record.unlink(missing_ok=True)
        except (Busy, OSError):
            continue  # it is under way


def _leave(call: Call, name: SessionId, branch: str) -> None:
    """Give up the place in line of a session whose landing was killed."""
    found = session.read(call.state, name)
    with suppress(CoordError):
        if found is not None and line.holds(call.state, name, branch):
            release.release(call.workspace, found, (line.scope(branch),), "its landing was killed", everything=False)


def _remove(call: Call, room: Path) -> None:
    call.place.git.ask("worktree", "remove", "--force", "--force", str(room / "work"))
    shutil.rmtree(room, ignore_errors=True)


def run(
    call: Call, me: Session, room: Path, commit: str, command: str, seconds: float, tick: Callable[[], None]
) -> Tested:
    """Check a commit out in the worktree of this landing, and run the test there. Raises `GitFailed`."""
    top = room / "work"
    git = call.place.git
    if not top.exists():
        git.run("worktree", "add", "--quiet", "--detach", "--force", str(top), commit)
    else:
        git.run("-C", str(top), "checkout", "--quiet", "--force", "--detach", commit)
        git.run("-C", str(top), "clean", "-q", "-f", "-f", "-d")
    tree = git.text("-C", str(top), "rev-parse", "HEAD^{tree}")
    environ = {**call.environ, VARIABLE: me.id}
    for name in set(call.environ).difference(scrubbed(dict(call.environ))):
        environ.pop(name, None)  # what names another repository or index
    status, took = timed.run(["sh", "-c", command], environ, str(top), call.around.output, seconds, tick)
    if status == 0 and git.text("-C", str(top), "rev-parse", "HEAD^{tree}") != tree:
        raise GitFailed(["rev-parse"], 0, "the test moved its own worktree to another commit")
    verdict = "passed" if status == 0 else "could not run" if status in NOT_RUN else "failed"
    return Tested(verdict, status, tree, round(took))
