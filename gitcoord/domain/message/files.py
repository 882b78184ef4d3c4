"""Attached files: they stand on a ref of their sender, apart from the log, and travel apart from the ledger.

The event of a message has names and object ids. So a push of the ledger carries words only, whatever is attached, and
files that have not arrived, or do not exist, keep nobody from reading the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.history import feed
from gitcoord.domain.message import record as message
from gitcoord.domain.session import record as session
from gitcoord.errors import Unreadable
from gitcoord.kernel.refname import COORD
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.kernel.treeformat import FILE, TREE
from gitcoord.ledger import commit, restore
from gitcoord.policy.ids import RefName, SessionId, StoreOid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.objects import Objects
    from gitcoord.ledger.chronicle import Chronicle
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import EventId

FILES = f"{COORD}/files"
"""Below it each session has a ref for the files that it attached to messages."""

KEPT = 30 * 24 * 3600
"""Seconds for which the files of a session are kept after its end."""

RECENT = 200
"""Messages with files that are looked at, the newest, for files that have not arrived."""


def _ref(sender: str) -> RefName:
    return RefName(f"{FILES}/{sender}")


def put(
    workspace: Workspace, sender: str, event_id: EventId, contents: list[tuple[str, bytes]]
) -> list[message.Attached]:
    """Record the files of a message that is about to be sent; durable on return."""
    objects = workspace.ledger.store.objects
    with workspace.ledger.writing():
        old = _tip(workspace, sender)
        attached = [message.Attached(name, len(content), objects.write("blob", content)) for name, content in contents]
        files = objects.write_tree({f"+{file.name}": (FILE, file.object) for file in attached})
        entries = (_entries(objects, old) or {}) | {event_id: (TREE, files)}
        _record(workspace, sender, entries, old)
    return attached


def unite(workspace: Workspace, sender: str, theirs: StoreOid) -> bool:
    """Take up what the hub has of a session's files, the commit `theirs`; return whether it is such a commit.

    Nothing that either has is lost, whichever of the two was restored from a backup.
    """
    objects = workspace.ledger.store.objects
    with workspace.ledger.writing():
        found = _entries(objects, theirs)
        if found is None:
            return False
        old = _tip(workspace, sender)
        _record(workspace, sender, found | (_entries(objects, old) or {}), old, theirs)
    return True


def _record(workspace: Workspace, sender: str, entries: dict[str, tuple[str, str]], *parents: StoreOid) -> None:
    """Let the ref of a session's files, which is at the first of `parents`, name these entries."""
    ledger = workspace.ledger
    objects, now = ledger.store.objects, ledger.clock.now()
    known = tuple(parent for parent in parents if parent != ABSENT)
    number = f"files of {len(entries)} message{'s' if len(entries) > 1 else ''}"
    session = (("Coord-Session", sender),)
    record = commit.Commit(objects.write_tree(entries), known, sender, ledger.mail, now, number, "", session)
    oid = objects.write("commit", record.encode())
    objects.publish()
    ledger.move([Update(_ref(sender), oid, parents[0])])
    objects.settle()


def _tip(workspace: Workspace, sender: str) -> StoreOid:
    """Return what the ref of a session's files names; one that is damaged is deleted first: the hub may know more."""
    refs, ref = workspace.ledger.store.refs, _ref(sender)
    try:
        return refs.read(ref)
    except Unreadable:
        restore.put(refs, ref, ABSENT)
        return ABSENT


def _entries(objects: Objects, oid: StoreOid) -> dict[str, tuple[str, str]] | None:
    """Return the files by message; None where this is not a commit that has some."""
    try:
        return objects.tree(commit.decode(objects.expect(oid, "commit")).tree)
    except Unreadable:
        return None


def awaited(workspace: Workspace, chronicle: Chronicle) -> list[SessionId]:
    """Return the senders of recent messages whose files are not all here."""
    objects = workspace.ledger.store.objects
    since = workspace.clock.now() - KEPT
    found: dict[SessionId, None] = {}
    for entry in chronicle.about([message.FILES], since=since, newest=RECENT):
        item = feed.message_at(workspace, entry)
        if item is not None and not all(objects.has(file.object) for file in item.attached):
            found[item.sender] = None
    return list(found)


def over(state: State, sessions: Iterable[SessionId], now: int) -> list[SessionId]:
    """Return the sessions that ended so long ago that their files are no longer kept."""
    ends = {name: session.ended(state, name) for name in sessions}
    return [name for name, end in ends.items() if end is not None and end.get("time", now) < now - KEPT]


def drop_over(workspace: Workspace, *below: str) -> None:
    """Delete the refs of files that are no longer kept, below `FILES` and these other directories."""
    refs = workspace.ledger.store.refs
    with workspace.ledger.writing():
        state = workspace.agreement.confirmed() or workspace.ledger.state()
        for directory in (FILES, *below):
            here = {
                SessionId(ref.removeprefix(f"{directory}/")): oid for ref, oid in refs.list(f"{directory}/").items()
            }
            gone = over(state, here, workspace.clock.now())
            if gone:
                workspace.ledger.move([Update(RefName(f"{directory}/{name}"), ABSENT, here[name]) for name in gone])
