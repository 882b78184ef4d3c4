"""The index of claims as the guard walks it: from the root along the path, only as deep as somebody claims."""

from __future__ import annotations

from gitcoord.errors import Unreadable
from gitcoord.kernel.treeformat import TREE
from gitcoord.policy import layout
from gitcoord.policy.glob import Glob
from gitcoord.policy.spelling import folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.guard.snapshot import Directory, Snapshot

_HERE = "="


class Standing:
    """An entry of the index: which claim of which session. `patterns` is the blob with its globs, '' for a path."""

    __slots__ = ("claim", "kind", "patterns", "session", "shared")

    def __init__(self, claim: str, session: str, kind: str, patterns: str, *, shared: bool) -> None:
        self.claim = claim
        self.session = session
        self.kind = kind
        self.patterns = patterns
        self.shared = shared


class _Node:
    """A directory of the index, and what stands on it and above it."""

    __slots__ = ("above", "directory", "here", "inner")

    def __init__(self, directory: Directory, above: tuple[Standing, ...], here: tuple[Standing, ...]) -> None:
        self.directory = directory
        self.above = above
        self.here = here
        self.inner: dict[str, _Node] = {}


class Claims:
    """Who claims a path. All of it raises `Unreadable` where the index is damaged."""

    __slots__ = ("_globs", "_root", "_snapshot")

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._globs: dict[str, list[Glob]] = {}
        top = snapshot.directory(layout.PATHS)
        self._root = _Node(top, (), self._standing(top))

    def on(self, path: str) -> tuple[list[Standing], list[Standing]]:
        """The claims that cover the file `path`, and those beside which it cannot be: on files above, on paths below.

        Together they are those that conflict with a claim of this file (`policy.scope.overlap`).
        """
        node, at, spelt = self._root, 0, folded(path)
        while at <= len(spelt):
            end = spelt.find("/", at)
            end = len(spelt) if end < 0 else end
            name = "+" + spelt[at:end]
            inner = node.inner.get(name)
            if inner is None:
                mode, oid = node.directory.get(name)
                if mode != TREE:
                    return self._split((*node.above, *node.here), (), path)
                directory = self._snapshot.tree(oid)
                inner = _Node(directory, (*node.above, *node.here), self._standing(directory))
                node.inner[name] = inner
            node, at = inner, end + 1
        covering, beside = self._split(node.above, node.here, path)
        return covering, [*beside, *self._below(node.directory)]

    def _split(
        self, above: tuple[Standing, ...], here: tuple[Standing, ...], path: str
    ) -> tuple[list[Standing], list[Standing]]:
        """Those that stand above a path and on it, as `on` has them. No glob that stands on it can match it."""
        files = [item for item in above if item.kind == "file"]
        covering = self._covering(tuple(item for item in above if item.kind != "file"), path)
        return [*covering, *(item for item in here if item.kind != "glob")], files

    def _standing(self, directory: Directory) -> tuple[Standing, ...]:
        mode, oid = directory.get(_HERE)
        return tuple(_read(self._snapshot.tree(oid))) if mode == TREE else ()

    def _covering(self, standing: tuple[Standing, ...], path: str) -> list[Standing]:
        if not standing:
            return []
        raw = path.encode("utf-8", "surrogateescape")
        return [item for item in standing if not item.patterns or self._matches(item.patterns, raw)]

    def _matches(self, patterns: str, path: bytes) -> bool:
        globs = self._globs.get(patterns)
        if globs is None:
            globs = self._globs[patterns] = [Glob(text) for text in self._texts(patterns)]
        return any(glob.matches(path) for glob in globs)

    def _texts(self, blob: str) -> Iterator[bytes]:
        from gitcoord.kernel import lightjson

        try:
            texts = lightjson.loads(self._snapshot.blob(blob))
        except ValueError:
            texts = None
        for text in texts if isinstance(texts, list) else (None,):
            if not isinstance(text, str):
                raise Unreadable("the globs of a claim in the ledger are damaged", "git coord doctor")
            yield text.encode("utf-8", "surrogateescape")

    def _below(self, directory: Directory) -> Iterator[Standing]:
        """Everything deeper than a directory of the index."""
        waiting = [(name, oid) for name, (_, oid) in directory.entries.items() if name != _HERE]
        while waiting:
            name, oid = waiting.pop()
            inner = self._snapshot.tree(oid)
            if name == _HERE:
                yield from (item for item in _read(inner) if item.kind != "glob")
            else:
                waiting += [(deeper, found) for deeper, (_, found) in inner.entries.items()]


def _read(directory: Directory) -> Iterator[Standing]:
    for name, (_, oid) in directory.entries.items():
        parsed = layout.parse_entry(name)
        if parsed is None:  # not to be passed over: it may be a claim of a kind that is not known here
            raise Unreadable("the ledger has a kind of claim that is not known here", "upgrade gitcoord")
        claim, session, kind, shared = parsed
        yield Standing(claim, session, kind, oid if kind == "glob" else "", shared=shared)
