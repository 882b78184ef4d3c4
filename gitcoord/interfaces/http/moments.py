"""The steps of the timeline's slider: moments of the ledger, spread evenly over all of it."""

from __future__ import annotations

import re
from contextlib import suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING

from gitcoord.errors import CoordError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.kernel.git import Git
    from gitcoord.policy.ids import StoreOid

STEPS = 200
"""Steps of the slider, at least, where there are so many moments; at most twice as many."""

PATIENCE = 0.25
"""Seconds for which a board waits for its slider: a ledger of 100,000 operations takes longer, the first time."""

_OF_AN_ID = re.compile(r"-[0-9a-f]{8}$")
"""What an id has behind the name of its session."""


class Moments:
    """The moments of one repository's ledger, read on from where they were read to the last time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._reading: Thread | None = None
        self._found: list[tuple[int, str]] = []
        self._said: dict[str, str] = {}
        self._forget()

    def _forget(self) -> None:
        self._tip = ""
        self._count = 0
        self._stride = 1
        self._kept: list[tuple[int, str]] = []
        self._last = (0, "")

    def read(self, git: Git, tip: StoreOid) -> list[tuple[int, str]]:
        """Return times, in seconds, the oldest first, each with what was recorded last then; `tip` is the ledger.

        Git is asked only where that is another one than the last time. What takes longer than `PATIENCE` is there when
        it is asked for again.
        """
        with self._lock:
            reading = self._reading
            if reading is None or not reading.is_alive():
                if tip == self._tip:
                    return self._found
                reading = self._reading = Thread(target=self._read_up_to, args=(git, tip), daemon=True, name="moments")
                reading.start()
        reading.join(PATIENCE)
        return self._found

    def _read_up_to(self, git: Git, tip: StoreOid) -> None:
        with suppress(CoordError):  # the repository is gone: whatever else the board asks says so
            try:
                known = self._read_on(git, tip)
            except CoordError:  # the commit that was the last one is not there any more
                known = False
            if not known:
                self._forget()
                self._read_on(git, tip)
            shown = dict([*self._kept, *([self._last] if self._count else [])])
            self._said = self._words(git, shown.values())
            self._found = sorted((time, self._said[oid]) for time, oid in shown.items())

    def _read_on(self, git: Git, tip: StoreOid) -> bool:
        """Take in what is new; returns whether it goes on where it was."""
        beyond = [f"^{self._tip}"] if self._tip else []
        for line in git.text(
            "rev-list", "--first-parent", "--reverse", "--timestamp", "--parents", tip, *beyond, "--"
        ).splitlines():
            time, oid, *parents = line.split(" ", 3)
            if self._tip and parents[:1] != [self._tip]:
                return False
            self._tip = oid
            self._add(int(time), oid)
        return True

    def _add(self, time: int, oid: str) -> None:
        self._last = time, oid
        if self._count % self._stride == 0:
            self._kept.append(self._last)
        self._count += 1
        if len(self._kept) > 2 * STEPS:
            self._kept = self._kept[::2]
            self._stride *= 2

    def _words(self, git: Git, oids: Iterable[str]) -> dict[str, str]:
        """Return what each of these operations did, by its object id; git is asked for those that are new."""
        found = {oid: self._said.get(oid, "") for oid in oids}
        new = [oid for oid, said in found.items() if not said]
        if new:
            lines = git.text("rev-list", "--no-walk=unsorted", "--format=%an%x09%s", *new, "--").splitlines()
            for head, said in zip(lines[::2], lines[1::2], strict=True):
                author, subject = said.split("\t", 1)
                found[head.removeprefix("commit ")] = f"{_OF_AN_ID.sub('', author)}: {subject}"
        return found
