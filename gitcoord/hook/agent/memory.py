"""What the hooks of one agent's window remember from event to event: `<coord>/agents/<agent>-<its own id>`.

A list of JSON values on each line, only ever appended, so that hooks that run at once lose nothing of each other's.
Each begins with a word and a time in nanoseconds::

    ["edit", time, call, path, claimed]    an edit was allowed; claimed: its claim was asked for
    ["tree", time, path, top]              the worktree in which that file was edited last
    ["done", time, path]                   the edit has been made
    ["read", time, path, mtime, size]      the agent has seen this content of a file
    ["seen", time, word, value]            anything else, of which the last value counts

Everything here is a convenience: what is damaged or missing is forgotten, and stops nobody.
"""

# ruff: noqa: PTH102, PTH108, PTH112, PTH116, PTH208 - light: pathlib is not imported

from __future__ import annotations

import os
import time

from gitcoord.kernel import atomic, coordfile, file, lightjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.hook.agent.event import Event

DIRECTORY = coordfile.AGENTS

LONGEST = 256 * 1024
"""Bytes of a file; the eldest lines of one that is longer are forgotten."""

PHASE = "phase"
"""The word under which it stands what others see of a window: `WAITING`, `TOLD` and `WORKING` are its values."""

WAITING, TOLD, WORKING = "waiting", "told", "working"
"""The agent has asked a person; that was told to the others; it goes on, which has to be told to them."""


class Turn:
    """Under `WORD` stands whether a window's turn goes on (nothing), is `OVER`, or its program was asked to go on."""

    WORD = "turn"
    OVER = "over"
    WOKEN = "woken"


FRESH = 60
"""Seconds for which an edit that was allowed counts as a claim: the claim itself is written by another process."""

LONGEST_EDIT = 10 * 60
"""Seconds after which an edit is over, whether its end was told or not."""

SECOND = 1_000_000_000

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Memory:
    """The memory of one window, or of one subagent in it.

    `trees` has the top of the worktree for each path that was edited.
    """

    __slots__ = ("_directory", "_done", "_edits", "_path", "_reads", "_seen", "name", "trees")

    def __init__(self, coord_dir: str, event: Event) -> None:
        self.name = _name(event)
        self._directory = f"{coord_dir}/{DIRECTORY}"
        self._path = f"{self._directory}/{self.name}"
        self._edits: dict[str, tuple[int, str, bool]] = {}
        self._done: dict[str, int] = {}
        self._reads: dict[str, tuple[int, int]] = {}
        self.trees: dict[str, str] = {}
        self._seen: dict[str, tuple[int, str]] = {}
        for line in _lines(self._path):
            self._take(line)

    def edited(self, path: str) -> tuple[int, str, bool] | None:
        """Return when this window was last allowed to edit a path, by which call, and whether a claim was asked for."""
        known = self._edits.get(path)
        return known if known is not None and known[0] else None

    def under_way(self) -> set[str]:
        """The paths whose edits are allowed and, as far as is known, have not been made yet."""
        since = time.time_ns() - LONGEST_EDIT * SECOND
        return {path for path, (when, _, _) in self._edits.items() if when > max(since, self._done.get(path, 0))}

    def read(self, path: str) -> tuple[int, int] | None:
        """Return modification time (nanoseconds) and size of the content of a file that the agent saw last."""
        return self._reads.get(path)

    def seen(self, word: str) -> str:
        """Return the last value under a word, '' for none."""
        return self._seen.get(word, (0, ""))[1]

    def pop(self, word: str) -> str:
        """Return the last value under a word, which is gone then; '' for none."""
        value = self.seen(word)
        if value:
            self.note(word, "")
        return value

    def age(self, word: str) -> float:
        """Return how many seconds ago a value was put under a word; very many where none was."""
        return (time.time_ns() - self._seen.get(word, (0, ""))[0]) / SECOND

    def note_edit(self, paths: list[str], call: str, *, claimed: bool) -> None:
        """Remember that these edits are allowed."""
        now = time.time_ns()
        self._append([["edit", now, call, path, claimed] for path in paths])

    def note_tree(self, path: str, top: str) -> None:
        """Remember in which worktree a file is edited."""
        if self.trees.get(path) != top:
            self._append([["tree", time.time_ns(), path, top]])

    def note_done(self, paths: list[str]) -> None:
        """Remember that these edits have been made."""
        now = time.time_ns()
        self._append([["done", now, path] for path in paths])

    def take_back(self, paths: list[str]) -> None:
        """Forget that these edits were allowed: they are refused after all, or nothing is left of them."""
        self._append([["edit", 0, "", path, False] for path in paths])

    def note_read(self, path: str) -> None:
        """Remember the content of a file as it is now; nothing where there is none."""
        try:
            found = os.stat(path)
        except OSError:
            return
        self._append([["read", time.time_ns(), path, found.st_mtime_ns, found.st_size]])

    def note(self, word: str, value: str) -> None:
        """Put a value under a word."""
        self._append([["seen", time.time_ns(), word, value]])

    def others(self, paths: list[str]) -> Iterator[str]:
        """Yield the paths that another window was allowed to edit a moment ago.

        A subagent is of its parent's window. Of two that ask at once, the one whose line has the earlier time goes
        first.
        """
        since = time.time_ns() - FRESH * SECOND
        try:
            names = os.listdir(self._directory)
        except OSError:
            return
        for name in names:
            path = f"{self._directory}/{name}"
            if (
                name.partition(".")[0] == self.name.partition(".")[0]
                or name.startswith(".")
                or not _is_fresh(path, since)
            ):
                continue
            last = {str(line[3]): line[1] for line in _lines(path) if line[0] == "edit" and len(line) == 5}
            for edited in paths:
                when, mine = last.get(edited, 0), self._edits.get(edited)
                if when > since and (mine is None or (when, name) < (mine[0], self.name)):
                    yield edited

    def edited_by_anybody(self, paths: list[str]) -> set[str]:
        """Return those of the paths that any other window of this clone has edited."""
        found: set[str] = set()
        try:
            names = os.listdir(self._directory)
        except OSError:
            return found
        for name in names:
            if name != self.name and not name.startswith("."):
                lines = (line for line in _lines(f"{self._directory}/{name}") if line[0] == "edit" and len(line) == 5)
                found.update(line[3] for line in lines if line[1] and line[3] in paths)
        return found

    def forget(self) -> None:
        """Forget everything."""
        try:
            os.unlink(self._path)
        except OSError:
            return

    def _take(self, line: list[Any]) -> None:
        match line:
            case ["edit", int(when), str(call), str(path), bool(claimed)]:
                self._edits[path] = when, call, claimed
            case ["tree", int(), str(path), str(top)]:
                self.trees[path] = top
            case ["done", int(when), str(path)]:
                self._done[path] = when
            case ["read", int(), str(path), int(mtime), int(size)]:
                self._reads[path] = mtime, size
            case ["seen", int(when), str(word), str(value)]:
                self._seen[word] = when, value
            case _:
                pass

    def _append(self, lines: list[list[Any]]) -> None:
        for line in lines:
            self._take(line)
        data = "".join(lightjson.dumps(line) + "\n" for line in lines).encode()
        try:
            if not os.path.isdir(self._directory):
                os.mkdir(self._directory)
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError:
            return
        try:
            os.write(fd, data)
            if os.fstat(fd).st_size > LONGEST:
                self._shorten()
        except OSError:
            return
        finally:
            os.close(fd)

    def _shorten(self) -> None:
        content = file.read(self._path)[-LONGEST // 2 :].partition(b"\n")[2]
        atomic.put(self._path, content)


def _name(event: Event) -> str:
    """Return a file's name for a window: of the agent's own id, which is not believed to be one."""

    def named(part: str) -> str:
        return (part if _PLAIN.issuperset(part) else part.encode("utf-8", "surrogateescape").hex())[:80]

    window = f"{event.program}-{named(event.session)}"
    return f"{window}.{named(event.child)}" if event.child else window


def _lines(path: str) -> Iterator[list[Any]]:
    try:
        content = file.read(path)
    except OSError:
        return
    for line in content.split(b"\n"):
        if line:
            try:
                found = lightjson.loads(line)
            except ValueError:
                continue
            if isinstance(found, list) and len(found) > 1 and isinstance(found[1], int):
                yield found


def _is_fresh(path: str, since: int) -> bool:
    try:
        return os.stat(path).st_mtime_ns >= since
    except OSError:
        return False
