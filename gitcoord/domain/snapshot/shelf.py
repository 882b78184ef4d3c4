"""Where snapshots stand: one ref for each session, naming a commit whose parents are the session's last snapshots.

So the number of refs follows the number of sessions, and a snapshot is reachable as long as it is kept. The refs stand
apart from the session's log: they stay when the log goes, until a month after the session's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain.finding import by_id
from gitcoord.domain.snapshot import content
from gitcoord.domain.wording import few
from gitcoord.errors import Unreadable
from gitcoord.kernel.refname import COORD
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.kernel.treeformat import EMPTY_TREE
from gitcoord.ledger import commit
from gitcoord.policy import limits
from gitcoord.policy.ids import NO_OBJECT, RefName, SessionId, StoreOid
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.snapshot.content import Content
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.ledger import Ledger

REFS = f"{COORD}/snapshots"
"""Below it each session has a ref."""

KEPT = 10
"""Snapshots that a session keeps, the newest."""

NAMED = 3
"""Paths that the subject of a snapshot's commit names."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot as it stands in the store. `id` is its commit, `time` is seconds since 1970."""

    id: StoreOid
    session: SessionId
    time: int
    why: str
    content: Content


def _ref(session: SessionId) -> RefName:
    return RefName(f"{REFS}/{session}")


def put(workspace: Workspace, me: Session, content_: Content, why: str) -> Kept:
    """Keep a snapshot of a session; durable on return. What it holds already is not kept twice.

    Raises `Quota` where more paths are changed than a snapshot can name.
    """
    manifest = content.encode(content_)
    if len(manifest) > limits.OBJECT_BYTES["blob"]:
        raise errors.snapshot.TooManyPaths(len(content_.versions))
    objects, ledger = workspace.ledger.store.objects, workspace.ledger
    with ledger.writing():
        old = ledger.store.refs.read(_ref(me.id))
        before = _of(workspace, old)
        last = next((known for name in before[:1] if (known := read(workspace, name)) is not None), None)
        if last is not None and last.content.same_work(content_) and why in ("", last.why):
            return last
        now = ledger.clock.now()
        tree = content.tree_of(objects, content_, objects.write("blob", manifest))
        said = (("Coord-Session", me.id), ("Coord-Base", content_.head or "none"))
        taken = commit.Commit(tree, (), me.id, ledger.mail, now, _subject(content_), why, said)
        oid = objects.write("commit", taken.encode())
        _stack(ledger, me.id, oid, before, old)
    return Kept(oid, me.id, now, why, content_)


def keep(workspace: Workspace, session: SessionId, oid: StoreOid) -> None:
    """Keep a snapshot of a session that came from another clone."""
    with workspace.ledger.writing():
        old = workspace.ledger.store.refs.read(_ref(session))
        _stack(workspace.ledger, session, oid, _of(workspace, old), old)


def _stack(ledger: Ledger, session: SessionId, oid: StoreOid, before: tuple[StoreOid, ...], old: StoreOid) -> None:
    """Let the ref of a session, which is at `old`, name this snapshot and the last ones before it."""
    objects = ledger.store.objects
    keep = (oid, *(name for name in before if name != oid))[:KEPT]
    subject = f"{len(keep)} snapshot{'s' if len(keep) > 1 else ''} of {session}"
    said = (("Coord-Session", session),)
    shelf = commit.Commit(objects.write_tree({}), keep, session, ledger.mail, ledger.clock.now(), subject, "", said)
    top = objects.write("commit", shelf.encode())
    objects.publish()
    ledger.move([Update(_ref(session), top, old)])
    objects.settle()


def _subject(content_: Content) -> str:
    paths = [printable(version.path) for version in content_.versions]
    return f"snapshot of {few(paths, NAMED)}"


def every(workspace: Workspace) -> list[Kept]:
    """Return all snapshots that are kept here, of every session, the newest first; damaged ones are left out."""
    refs = workspace.ledger.store.refs.list(f"{REFS}/")
    names = dict.fromkeys(name for oid in refs.values() for name in _of(workspace, oid))
    found = [known for name in names if (known := read(workspace, name)) is not None]
    return sorted(found, key=lambda known: (-known.time, known.id))


def newest(workspace: Workspace, session: SessionId) -> Kept | None:
    """Return the newest snapshot of a session, None where it has none that can be read."""
    names = _of(workspace, workspace.ledger.store.refs.read(_ref(session)))
    return next((known for name in names if (known := read(workspace, name)) is not None), None)


def find(workspace: Workspace, text: str) -> Kept:
    """Return the snapshot of an id, or of the beginning of one. Raises `NotFound`, `Usage` where several begin so."""
    kept = {known.id: known for known in every(workspace) if known.id.startswith(text)}
    return by_id(text, "snapshot", lambda _: list(kept), lambda name: kept.get(StoreOid(name)))


def _of(workspace: Workspace, oid: StoreOid) -> tuple[StoreOid, ...]:
    """The snapshots that the commit of a session's ref names; none where it is damaged."""
    if oid == ABSENT:
        return ()
    try:
        return commit.decode(workspace.ledger.store.objects.expect(oid, "commit")).parents
    except Unreadable:
        return ()


def read(workspace: Workspace, oid: StoreOid) -> Kept | None:
    """Return the snapshot of this id, whoever wrote it; None where it cannot be read."""
    objects = workspace.ledger.store.objects
    try:
        record = commit.decode(objects.expect(oid, "commit"))
        manifest = StoreOid(objects.tree(record.tree)[content.FILE][1]) if record.tree != EMPTY_TREE else NO_OBJECT
        found = content.decode(objects.expect(manifest, "blob"))
    except (Unreadable, KeyError):
        return None
    return Kept(oid, SessionId(dict(record.trailers).get("Coord-Session", "")), record.time, record.body, found)
