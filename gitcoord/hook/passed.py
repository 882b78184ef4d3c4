"""What a guard that let a commit pass leaves for the two hooks behind it, so that these start no Python.

`<coord>/passed/<worktree>` says in a line which git asked, on which ledger the guard decided, and whose commit it is:
`nobody` (no session's), `note` (with the lines of the note behind tabs), or `unsaid` where the shell has decided, which
cannot tell (hooks/guard.sh). It holds for the same git and ledger, while the index is older than `<worktree>.since`,
which the same git was the last to write, before it looked at anything.
"""

from __future__ import annotations

import os
import time

from gitcoord.guard import record
from gitcoord.kernel import coordfile
from gitcoord.policy import lease
from gitcoord.policy.ids import NO_OBJECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.guard.snapshot import Snapshot
    from gitcoord.hook.committer import Committer
    from gitcoord.hook.context import Context

DIRECTORY = coordfile.PASSED


class Witness:
    """The moment before a guard looks: touches the mark, and remembers the ledger.

    `since` is that moment in seconds, `ledger` the id of the ledger's tip, '' where no file has it.
    """

    __slots__ = ("_asker", "_coord_dir", "_path", "ledger", "since")

    def __init__(self, context: Context) -> None:
        self.since = time.time()
        self._coord_dir = context.coord_dir
        self._path = f"{context.coord_dir}/{DIRECTORY}/{context.worktree_name}"
        self._asker = context.asker
        self.ledger = context.ledger_tip()
        try:
            os.makedirs(f"{context.coord_dir}/{DIRECTORY}", exist_ok=True)  # noqa: PTH103 - light: no pathlib
            _write(self._path + ".since", self._asker + "\n")
        except OSError:
            self._asker = ""  # then the hooks behind look for themselves

    def leave(
        self, snapshot: Snapshot, committer: Committer, paths: list[str], existing: Callable[[], set[str]]
    ) -> None:
        """Leave word that the committer may commit these staged paths; nothing where more than a note is due.

        `existing` tells those that HEAD has; it is asked when it matters. May raise `Unreadable`.
        """
        if not (self._asker and self.ledger):
            return
        lines = _note(snapshot, committer, paths, existing)
        if lines is None:
            return
        word = record.joined(["note", *lines]) if lines else "nobody"
        try:
            if lines:
                record.begin(self._coord_dir)
            _write(self._path, f"{self._asker} {self.ledger} {word}\n")
        except OSError:
            return


def _note(
    snapshot: Snapshot, committer: Committer, paths: list[str], existing: Callable[[], set[str]]
) -> list[str] | None:
    """Return the lines of the note, [] where no session commits, None where the hook behind has more to do."""
    from gitcoord.hook.made import Made, describe

    me = committer.me
    if me is None:
        return []
    made = Made(NO_OBJECT, committer)
    made.look_at(snapshot, paths, existing)
    if made.over or lease.due(me.last, me.lease, committer.sessions.liveness.now):
        return None
    return describe(made)


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        os.write(fd, text.encode("utf-8", "surrogateescape"))
    finally:
        os.close(fd)
