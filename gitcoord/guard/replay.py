"""Whether a path is as git's own merge makes it: what a pick, a squash or a rebase brings where nothing was added.

A comparison of patches (`guard.patches`) is cheaper and asked first. It fails where the lines around a change have
changed too, of which git makes no conflict.
"""

from __future__ import annotations

from gitcoord.guard.changes import normal
from gitcoord.guard.patches import STAGED, spellings
from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.guard.snapshot import Batch
    from gitcoord.kernel.git import Git

    Content = tuple[str, bytes]
    Entries = dict[str, Content]

MOST_MERGES = 1000
"""Files that one judgement merges at most: each costs a git."""

_FILES = ("100644", "100755")


class Replay:
    """Merges files as a pick does, outside of every index and working tree. `batch` reads the objects."""

    __slots__ = ("_batch", "_git", "_left")

    def __init__(self, git: Git, batch: Batch) -> None:
        self._git = git
        self._batch = batch
        self._left = MOST_MERGES

    def gives(self, onto: str, steps: list[tuple[str, str]], result: str, paths: Iterable[str]) -> set[str]:
        """Return the paths that `result` has as it is when each step, from one commit to another, follows on `onto`.

        `result` is a commit, or the index (`STAGED`). A step that does not merge cleanly gives nothing, and a commit
        that is not here has no files. Raises `GitFailed`.
        """
        wanted = list(paths)
        ours = self._entries(onto, wanted)
        made: dict[str, Content | None] = {path: ours.get(path) for path in wanted}
        for old, new in steps:
            before, after = self._entries(old, wanted), self._entries(new, wanted)
            for path in list(made):
                try:
                    made[path] = self._merged(made[path], before.get(path), after.get(path))
                except ValueError:
                    del made[path]
        there = self._entries(result, list(made))
        return {path for path, content in made.items() if content == there.get(path)}

    def _merged(self, ours: Content | None, base: Content | None, theirs: Content | None) -> Content | None:
        """Merge one file. Raises `ValueError` for a conflict."""
        if theirs in (base, ours):
            return ours
        if ours == base:
            return theirs
        if ours is None or base is None or theirs is None or not {ours[0], base[0], theirs[0]}.issubset(_FILES):
            raise ValueError("a conflict")
        return theirs[0] if theirs[0] != base[0] else ours[0], self._merged_text(ours[1], base[1], theirs[1])

    def _merged_text(self, ours: bytes, base: bytes, theirs: bytes) -> bytes:
        if theirs in (base, ours):
            return ours
        if ours == base:
            return theirs
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many")
        import tempfile
        from contextlib import ExitStack

        with ExitStack() as stack:
            names = []
            for content in (ours, base, theirs):
                file = stack.enter_context(tempfile.NamedTemporaryFile(prefix="git-coord-"))
                file.write(content)
                file.flush()
                names.append(file.name)
            status, out, _ = self._git.ask("merge-file", "-p", "-q", *names)
        if status != 0:
            raise ValueError("a conflict")
        return out

    def _entries(self, tree: str, paths: list[str]) -> Entries:
        """Return the mode and the content of what a commit, or the index, has at the paths."""
        if not paths:
            return {}
        found = {}
        for line in self._list(tree, spellings(paths)):
            head, tab, name = line.partition(b"\t")
            if tab:
                mode, *words = head.decode().split()  # of the index: id and stage; of a tree: type and id
                oid = words[0] if tree == STAGED else words[1]
                if tree != STAGED or words[1] == "0":
                    found[normal(name)] = mode, self._content(mode, Oid(oid))
        return found

    def _list(self, tree: str, paths: list[str]) -> list[bytes]:
        if tree == STAGED:
            names = [f":(top,literal){path}" for path in paths]
            return self._git.run("ls-files", "-s", "-z", "--full-name", "--", *names).split(b"\0")
        status, out, _ = self._git.ask("--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", *paths)
        return out.split(b"\0") if status == 0 else []

    def _content(self, mode: str, oid: Oid) -> bytes:
        """Return the content of a file; of anything else its id stands for it."""
        answer = self._batch.ask(oid) if mode in _FILES else None
        return answer[1] if answer is not None else oid.encode()
