"""The index of claims as the guard walks it: from the root along the path, only as deep as somebody claims."""

from __future__ import annotations

from gitcoord import errors
from gitcoord.policy import layout
from gitcoord.policy.glob import Glob
from gitcoord.policy.spelling import folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.guard.reader import Directory, Reader

HERE = "="
"""The directory of the claims on exactly what a directory of the index stands for."""


class Standing:
    """An entry of the index: which claim of which session. `source` is where its globs stand."""

    __slots__ = ("_globs", "_written", "claim", "kind", "session", "shared", "source")

    def __init__(self, claim: str, session: str, kind: str, source: tuple[Directory, str], *, shared: bool) -> None:
        self.claim = claim
        self.session = session
        self.kind = kind
        self.source = source
        self.shared = shared
        self._globs: list[Glob] | None = None
        self._written: list[Glob] | None = None

    def matches(self, path: bytes) -> bool:
        """Whether one of the globs that stand here takes this path, in some case. Raises `Unreadable`."""
        if self._globs is None:
            self._globs = [Glob(text) for text in self._texts()]
        return any(glob.matches(path) for glob in self._globs)

    def takes(self, path: str) -> bool:
        """Whether a claim that covers this path takes it as it is written: a glob as git reads it.

        Raises `Unreadable`.
        """
        if self.kind != "glob":
            return True
        if self._written is None:
            self._written = [Glob(text, exact=True) for text in self._texts()]
        raw = path.encode("utf-8", "surrogateescape")
        return any(glob.matches(raw) for glob in self._written)

    def _texts(self) -> Iterator[bytes]:
        from gitcoord.kernel import lightjson

        directory, name = self.source
        content = directory.content(name)
        try:
            texts = lightjson.loads(content or b"")
        except ValueError:
            texts = None
        for text in texts if isinstance(texts, list) else (None,):
            if not isinstance(text, str):
                raise errors.storage.LedgerDamaged("the globs of one of its claims cannot be read")
            yield text.encode("utf-8", "surrogateescape")


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

    __slots__ = ("_root",)

    def __init__(self, reader: Reader) -> None:
        top = reader.directory(layout.PATHS)
        self._root = _Node(top, (), _standing(top))

    def on(self, path: str) -> tuple[list[Standing], list[Standing]]:
        """The claims that cover the file `path`, and those beside which it cannot be: on files above, on paths below.

        Together they are those that conflict with a claim of this file (`policy.scope.overlap`), so a glob covers it
        in any case. A file that was there before is covered by those only that take it as it is written
        (`Standing.takes`).
        """
        node, at, spelt = self._root, 0, folded(path)
        while at <= len(spelt):
            end = spelt.find("/", at)
            end = len(spelt) if end < 0 else end
            name = "+" + spelt[at:end]
            inner = node.inner.get(name)
            if inner is None:
                directory = node.directory.inner(name)
                if directory is None:
                    return _split((*node.above, *node.here), (), path)
                inner = _Node(directory, (*node.above, *node.here), _standing(directory))
                node.inner[name] = inner
            node, at = inner, end + 1
        covering, beside = _split(node.above, node.here, path)
        return covering, [*beside, *_below(node.directory)]


def _split(above: tuple[Standing, ...], here: tuple[Standing, ...], path: str) -> tuple[list[Standing], list[Standing]]:
    """Those that stand above a path and on it, as `on` has them. No glob that stands on it can match it."""
    files = [item for item in above if item.kind == "file"]
    covering = _covering(tuple(item for item in above if item.kind != "file"), path)
    return [*covering, *(item for item in here if item.kind != "glob")], files


def _standing(directory: Directory) -> tuple[Standing, ...]:
    here = directory.inner(HERE)
    return () if here is None else tuple(_read(here))


def _covering(standing: tuple[Standing, ...], path: str) -> list[Standing]:
    if not standing:
        return []
    raw = path.encode("utf-8", "surrogateescape")
    return [item for item in standing if item.kind != "glob" or item.matches(raw)]


def _below(directory: Directory) -> Iterator[Standing]:
    """Everything deeper than a directory of the index, but for globs."""
    waiting = [(name, directory) for name in directory.names() if name != HERE]
    while waiting:
        name, above = waiting.pop()
        inner = above.inner(name)
        if inner is None:
            raise errors.storage.LedgerDamaged("a file stands among its claims")
        if name == HERE:
            yield from (item for item in _read(inner) if item.kind != "glob")
        else:
            waiting += [(deeper, inner) for deeper in inner.names()]


def _read(directory: Directory) -> Iterator[Standing]:
    for name in directory.names():
        parsed = layout.parse_entry(name)
        if parsed is None:  # not to be passed over: it may be a claim of a kind that is not known here
            raise errors.storage.Newer("a claim of the ledger")
        claim, session, kind, shared = parsed
        yield Standing(claim, session, kind, (directory, name), shared=shared)
