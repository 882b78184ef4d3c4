"""Beats that were replaced: their objects are removed, or git would find thousands that nobody reaches and complain.

Not at once: a git gc that has just listed the refs may still want to read them. So what was replaced stands in a file,
in the order in which that happened, and the eldest are removed when there are many. What a ref names stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors import Unreadable
from gitcoord.kernel import atomic, coordfile
from gitcoord.kernel.treeformat import EMPTY_TREE
from gitcoord.ledger import commit
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gitcoord.kernel.store import Store
    from gitcoord.policy.ids import RefName

FILE = coordfile.BEATS_REPLACED
HEARD = coordfile.BEATS_HEARD
KEPT = 500
"""So many of the last stay; they are removed when there are twice as many."""

LEAF = "/beat"
_LINE = 41
_TRAILERS = {"Coord-Beat", "Coord-Id", "Coord-Data"}


def put_aside(store: Store, oids: Iterable[StoreOid]) -> None:
    """Remember that these commits are replaced. The caller holds the writer lock."""
    lines = "".join(f"{oid}\n" for oid in oids)
    path = store.directory / FILE
    try:
        with path.open("a") as file:
            file.write(lines)
        if path.stat().st_size >= 2 * KEPT * _LINE:
            _remove_eldest(store, path)
    except OSError:
        return  # full or read-only: git collects them


def note_heard(store: Store, refs: Mapping[RefName, StoreOid]) -> None:
    """Compare the beats of other clones that were just fetched with those before; `refs` are by name."""
    now = {oid for ref, oid in refs.items() if ref.endswith(LEAF)}
    path = store.directory / HEARD
    try:
        before = set(map(StoreOid, path.read_text(errors="replace").split()))
    except OSError:
        before = set()
    if before == now:
        return
    with store.write_lock():
        put_aside(store, sorted(before - now))
        _write(path, sorted(now))


def _remove_eldest(store: Store, path: Path) -> None:
    lines = [StoreOid(line) for line in path.read_text(errors="replace").split() if len(line) == _LINE - 1]
    named = {*store.refs.list("refs/").values()}
    kept = [oid for oid in lines[:-KEPT] if oid in named]
    for oid in lines[:-KEPT]:
        if oid not in named and _is_beat(store, oid):
            store.objects.discard(oid)
    _write(path, [*kept, *lines[-KEPT:]])


def _is_beat(store: Store, oid: StoreOid) -> bool:
    """Whether an object is a beat and can be nothing else: what others call one may be part of a log."""
    try:
        if not store.objects.is_loose(oid):
            return False
        record = commit.decode(store.objects.expect(oid, "commit"))
    except (Unreadable, ValueError):
        return False
    return record.tree == EMPTY_TREE and not record.parents and {key for key, _ in record.trailers} <= _TRAILERS


def _write(path: Path, oids: Iterable[StoreOid]) -> None:
    try:
        atomic.put(path, "".join(f"{oid}\n" for oid in oids))
    except OSError:
        return
