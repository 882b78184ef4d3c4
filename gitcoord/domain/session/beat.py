"""A heartbeat: a session's present status, one parentless commit on its own ref, replaced each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain.fields import LATEST
from gitcoord.errors import Unreadable
from gitcoord.kernel import lightjson
from gitcoord.kernel.refname import SESSIONS, beat_ref, log_ref
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.kernel.treeformat import EMPTY_TREE
from gitcoord.ledger import commit, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.store import Store
    from gitcoord.policy.ids import RefName, SessionId, StoreOid


@dataclass(frozen=True, slots=True)
class Beat:
    """What a session said last. `time` and `eta` are seconds, `progress` percent; None where it said nothing.

    `gone`: its process was found dead in its own clone; `time` is then its last sign of life.
    """

    time: int
    action: str = ""
    target: str = ""
    phase: str = ""
    progress: int | None = None
    next: str = ""
    eta: int | None = None
    touched: tuple[str, ...] = ()
    gone: bool = False

    def to_json(self) -> dict[str, Any]:
        """What was said, without what was not."""
        said = {
            "action": self.action,
            "target": self.target,
            "phase": self.phase,
            "progress": self.progress,
            "next": self.next,
            "eta": self.eta,
            "touched": list(self.touched),
        }
        return {key: value for key, value in said.items() if value not in ("", None, [])}


def put(workspace: Workspace, session: SessionId, beat: Beat) -> None:
    """Replace the session's beat. A beat without text only renews the time: the last text is kept."""
    store, ref = workspace.ledger.store, beat_ref(session)
    with store.write_lock():
        old = store.refs.read(ref)
        if not beat.to_json() and old != ABSENT and (last := _read(store, old, _decode)) is not None:
            beat = replace(last, time=beat.time, gone=False)
        _replace(workspace, session, beat, old)


def leave(workspace: Workspace, session: SessionId, last: int) -> bool:
    """Say in the session's beat that it is gone, unless the beat says so; returns whether the beat was changed.

    `last` is the time of the session's last operation. What it said last stays.
    """
    store = workspace.ledger.store
    if _departure(store, session, last) is None:
        return False
    with store.write_lock():
        changed = _departure(store, session, last)
        if changed is None:
            return False
        _replace(workspace, session, *changed)
    return True


def _departure(store: Store, session: SessionId, last: int) -> tuple[Beat, StoreOid] | None:
    """The beat that says that a session is gone, and the commit that it replaces; None where it is said already."""
    old, log = store.refs.read(beat_ref(session)), store.refs.read(log_ref(session))
    said = _read(store, old, _decode) if old != ABSENT else None
    heard = _read(store, log, _sign) if log != ABSENT else None
    seen = max(last, *(item.time for item in (said, heard) if item is not None), 0)
    if said is not None and said.gone and said.time >= seen:
        return None
    return replace(said or Beat(seen), time=seen, gone=True), old


def _replace(workspace: Workspace, session: SessionId, beat: Beat, old: StoreOid) -> None:
    """Put a beat in the place of the one that is there (`old`); the caller holds the writer lock."""
    store = workspace.ledger.store
    oid = store.objects.write("commit", _encode(workspace, session, beat))
    store.objects.publish_unkept(oid)
    store.refs.update([Update(beat_ref(session), oid, old)])
    store.objects.settle()
    if old != ABSENT:
        replaced.put_aside(store, [old])


def every(workspace: Workspace, refs: Mapping[RefName, StoreOid] | None = None) -> dict[str, Beat]:
    """What each session said last, with the time of its last sign of life: who writes or reads messages shows one, too.

    What cannot be read is left out. A session that wrote something after it was found dead is not gone. `refs` are
    those of this clone's sessions, listed here where they are not given.
    """
    listed = workspace.ledger.store.refs.list(SESSIONS + "/") if refs is None else refs
    own = {ref.removeprefix(SESSIONS + "/"): oid for ref, oid in listed.items()}
    return _latest(workspace, {**workspace.agreement.heard(), **own})


def of(workspace: Workspace, session: SessionId) -> Beat | None:
    """What one session said last, as `every` tells it; None where it said nothing that can be read."""
    listed = workspace.ledger.store.refs.list(f"{SESSIONS}/{session}/")
    own = {ref.removeprefix(SESSIONS + "/"): oid for ref, oid in listed.items()}
    return _latest(workspace, {**workspace.agreement.heard_of(session), **own}).get(session)


def _latest(workspace: Workspace, refs: Mapping[str, StoreOid]) -> dict[str, Beat]:
    """What each session said last, by `<session>/log` and `<session>/beat` -> commit."""
    found: dict[str, Beat] = {}
    store = workspace.ledger.store
    for name, oid in refs.items():
        session, _, leaf = name.partition("/")
        if leaf not in ("log", "beat"):
            continue  # a ref that is not of ours, at the hub
        said = _read(store, oid, _decode if leaf == "beat" else _sign)
        if said is not None:
            other = found.get(session, said)
            found[session] = _together(said, other) if leaf == "beat" else _together(other, said)
    return found


def _together(said: Beat, sign: Beat) -> Beat:
    """A beat, and another sign of life of the same session."""
    return replace(said, time=max(said.time, sign.time), gone=said.gone and said.time >= sign.time)


def _sign(record: commit.Commit) -> Beat:
    """The sign of life that any commit of a session is."""
    return Beat(record.time)


def _encode(workspace: Workspace, session: SessionId, beat: Beat) -> bytes:
    trailers = [("Coord-Beat", session), ("Coord-Id", workspace.ids.hexadecimal(32))]
    data = beat.to_json() | ({"gone": True} if beat.gone else {})
    if data:
        trailers.append(("Coord-Data", commit.canonical(data)))
    mail, subject = workspace.ledger.mail, "gone" if beat.gone else beat.action or "alive"
    return commit.Commit(EMPTY_TREE, (), session, mail, beat.time, subject, "", tuple(trailers)).encode()


def _read(store: Store, oid: StoreOid, understand: Callable[[commit.Commit], Beat]) -> Beat | None:
    """What a commit says, or None where it cannot be read."""
    try:
        return understand(commit.decode(store.objects.expect(oid, "commit")))
    except (Unreadable, ValueError, TypeError):
        return None


def _decode(record: commit.Commit) -> Beat:
    data = lightjson.parse(dict(record.trailers).get("Coord-Data", "{}"))
    if not isinstance(data, dict):
        raise ValueError("the data of a beat is an object")

    def text(key: str) -> str:
        return str(data.get(key, ""))[:200]

    def whole(key: str, most: int) -> int | None:
        value = data.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None

    paths = data.get("touched", [])
    touched = tuple(str(path)[:1000] for path in paths[:100]) if isinstance(paths, list) else ()
    return Beat(
        record.time,
        text("action"),
        text("target"),
        text("phase"),
        whole("progress", 100),
        text("next"),
        whole("eta", LATEST),
        touched,
        gone=data.get("gone") is True,
    )
