"""A commit that went past the guard, until the hook behind it knows its id. `<coord>/pending-bypass/<worktree>`.

Git runs two guards for one commit, so what was said already stands there too, with the git that started them.
"""

# ruff: noqa: PTH102, PTH106, PTH108, PTH112, SIM105 - light: neither pathlib nor contextlib is imported

from __future__ import annotations

import os

from gitcoord.kernel import coordfile, file, lightjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.context import Context

DIRECTORY = coordfile.PENDING_BYPASS
"""The shim of post-commit looks whether it is there, so it is there only while something is in it."""


class Pending:
    """What a guard leaves: `said` was shown under the git with process id `parent`.

    `bypassed`: it would have refused; `holders` are then the sessions to be told, with the paths.
    """

    __slots__ = ("bypassed", "holders", "parent", "said")

    def __init__(self, parent: int, said: list[str], holders: list[dict[str, object]], *, bypassed: bool) -> None:
        self.parent = parent
        self.said = said
        self.holders = holders
        self.bypassed = bypassed


def take(context: Context) -> Pending | None:
    """What the guard before left for this worktree, and away with it."""
    directory = f"{context.coord_dir}/{DIRECTORY}"
    if not os.path.isdir(directory):
        return None
    path = f"{directory}/{context.worktree_name}"
    try:
        found = lightjson.record(file.read(path))
    except OSError:
        return None
    except ValueError:
        found = {}
    _remove(path, directory)
    parent, said, holders, bypassed = (found.get(key) for key in ("parent", "said", "holders", "bypassed"))
    if not isinstance(parent, int) or not isinstance(said, list) or not isinstance(holders, list):
        return None
    return Pending(parent, said, holders, bypassed=bypassed is True)


def leave(context: Context, pending: Pending) -> None:
    """Keep it for the hook that comes behind. Raises `OSError`."""
    directory = f"{context.coord_dir}/{DIRECTORY}"
    path = f"{directory}/{context.worktree_name}"
    text = lightjson.dumps(
        {
            "parent": pending.parent,
            "said": pending.said,
            "holders": pending.holders,
            "bypassed": pending.bypassed,
        }
    )
    while True:
        try:
            os.mkdir(directory)
        except FileExistsError:
            pass
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        except FileNotFoundError:  # another worktree's hook took the empty directory away
            continue
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)
        return


def _remove(path: str, directory: str) -> None:
    try:
        os.unlink(path)
        os.rmdir(directory)
    except OSError:
        pass  # gone already, or something of another worktree is in it
