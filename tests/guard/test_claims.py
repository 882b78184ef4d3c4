"""The guard finds in the index what conflicts with a claim of the file, and nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitcoord.guard.claims import Claims
from gitcoord.guard.snapshot import Directory
from gitcoord.kernel import treeformat
from gitcoord.policy import layout
from gitcoord.policy.scope import Scope, covers, overlap

if TYPE_CHECKING:
    from gitcoord.guard.snapshot import Snapshot

components = st.sampled_from(["a", "b", "A", "aB", "a.py", "[a]"])
paths = st.lists(components, min_size=1, max_size=3).map("/".join)
globs = st.lists(
    st.sampled_from(["a", "A", "*", "**", "?", "*.py", "[ab]", "[!a]", "b**"]), min_size=1, max_size=3
).map("/".join)
scopes = st.one_of(
    st.just(Scope("directory", ".")),
    paths.map(lambda text: Scope("file", text)),
    paths.map(lambda text: Scope("directory", text)),
    globs.filter(lambda text: any(char in text for char in "*?[")).map(lambda text: Scope("glob", text)),
)


class Index:
    """Objects of a state in which session `s-0000000N` holds the Nth scope."""

    def __init__(self, held: list[Scope]) -> None:
        self._objects: dict[str, bytes] = {}
        top: dict[str, dict[str, object] | bytes] = {}
        for at, scope in enumerate(held):
            name = layout.entry(f"{at:032x}", f"s-{at:08x}", kind=scope.kind, shared=False)
            here = top
            for part in layout.directory(scope.kind, scope.text).split("/")[2:]:
                here = cast("dict[str, dict[str, object] | bytes]", here.setdefault(part, {}))
            here[name] = json.dumps([scope.text]).encode() if scope.kind == "glob" else b""
        self._top = self._put(top)

    def _put(self, entry: object) -> tuple[str, str]:
        if isinstance(entry, dict):
            mode, content = treeformat.TREE, treeformat.build({name: self._put(one) for name, one in entry.items()})
        else:
            mode, content = treeformat.FILE, cast("bytes", entry)
        oid = hashlib.sha1(mode.encode() + content).hexdigest()
        self._objects[oid] = content
        return mode, oid

    def directory(self, path: str) -> Directory:
        """The directory of all claims on paths."""
        assert path == layout.PATHS
        return self.tree(self._top[1])

    def tree(self, oid: str) -> Directory:
        """A directory by its id."""
        return Directory(self._objects[oid], cast("Snapshot", self))

    def blob(self, oid: str) -> bytes:
        """A file by its id."""
        return self._objects[oid]


@settings(max_examples=400, deadline=None)
@given(held=st.lists(scopes, max_size=6), asked=st.lists(paths, min_size=1, max_size=4))
@example(held=[Scope("glob", "a/*.py"), Scope("file", "a/b/a"), Scope("file", "A")], asked=["a", "A/b", "a/a.py"])
@example(held=[Scope("glob", "a/b/*"), Scope("directory", "a/b")], asked=["a"])
@example(held=[Scope("glob", "a*.py"), Scope("file", "a.py")], asked=["A.py"])
def test_the_guard_and_the_fold_have_one_rule(held: list[Scope], asked: list[str]) -> None:
    """What speaks against a change of a path is what refuses a claim of that file, and covers what the scope covers."""
    claims = Claims(cast("Snapshot", Index(held)))
    for path in asked:
        covering, beside = claims.on(path)
        assert sorted(item.session for item in covering if item.takes(path)) == [
            f"s-{at:08x}" for at, scope in enumerate(held) if covers(scope, path, there=True)
        ]
        assert sorted(item.session for item in covering) == [
            f"s-{at:08x}" for at, scope in enumerate(held) if covers(scope, path)
        ]
        assert sorted(item.session for item in (*covering, *beside)) == [
            f"s-{at:08x}" for at, scope in enumerate(held) if overlap(scope, Scope("file", path))
        ]
