"""The steps of the timeline's slider: moments of the ledger, spread evenly over all of it."""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING

from gitcoord.errors import CoordError

if TYPE_CHECKING:
    from gitcoord.kernel.git import Git
    from gitcoord.policy.ids import StoreOid

STEPS = 200
"""Steps of the slider, at least, where there are so many moments; at most twice as many."""

_FORMAT = "--format=%P%x09%ct%x09%an%x09%s"

_OF_AN_ID = re.compile(r"-[0-9a-f]{8}$")
"""What an id has behind the name of its session."""


class Moments:
    """The moments of one repository's ledger, read on from where they were read to the last time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._tip = ""
        self._count = 0
        self._stride = 1
        self._kept: list[tuple[int, str]] = []
        self._last = (0, "")

    def read(self, git: Git, tip: StoreOid) -> list[tuple[int, str]]:
        """Return times, in seconds, the oldest first, each with what was recorded last then; `tip` is the ledger.

        Git is asked only where that is another one than the last time. Raises `CoordError`.
        """
        with self._lock:
            if tip != self._tip:
                self._read_up_to(git, tip)
            return sorted(dict([*self._kept, *([self._last] if self._count else [])]).items())

    def _read_up_to(self, git: Git, tip: StoreOid) -> None:
        try:
            known = self._read_on(git, tip)
        except CoordError:  # the commit that was the last one is not there any more
            known = False
        if not known:
            self._forget()
            self._read_on(git, tip)

    def _read_on(self, git: Git, tip: StoreOid) -> bool:
        """Take in what is new; returns whether it goes on where it was."""
        beyond = [f"^{self._tip}"] if self._tip else []
        lines = git.text("rev-list", "--first-parent", "--reverse", _FORMAT, tip, *beyond, "--").splitlines()
        for head, said in zip(lines[::2], lines[1::2], strict=True):
            parents, time, author, subject = said.split("\t", 3)
            if self._tip and parents.partition(" ")[0] != self._tip:
                return False
            self._tip = head.removeprefix("commit ")
            self._add(int(time), f"{_OF_AN_ID.sub('', author)}: {subject}")
        return True

    def _add(self, time: int, said: str) -> None:
        self._last = time, said
        if self._count % self._stride == 0:
            self._kept.append(self._last)
        self._count += 1
        if len(self._kept) > 2 * STEPS:
            self._kept = self._kept[::2]
            self._stride *= 2
