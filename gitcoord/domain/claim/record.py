"""A claim: scopes that a session holds, and how the state has them.

The record stands with its session; an entry for each scope stands in the index that mirrors the paths, with owner and
kind in its name. The entry of a glob lists the patterns that begin in that directory; any other has its text where that
differs from its place, which has the folded spelling, and is empty otherwise.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import fields
from gitcoord.domain.session import record as session
from gitcoord.errors import Malformed
from gitcoord.kernel import lightjson
from gitcoord.ledger import position
from gitcoord.policy import layout, limits
from gitcoord.policy.scope import Kind, Scope, overlap
from gitcoord.policy.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gitcoord.ledger.fold import Operation
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

MOST_SCOPES = limits.SCOPES
_KINDS: dict[str, Kind] = {"file": "file", "glob": "glob", "directory": "directory"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A live claim. `token` is the number of the operation that gave it to its holder; times are seconds.

    `until` is its own deadline, None where it lasts as long as its session. `branch` and `head` are where the holder
    stood when it claimed.
    """

    id: str
    session: SessionId
    scopes: tuple[Scope, ...]
    shared: bool
    token: int
    since: int
    until: int | None
    why: str
    branch: str
    head: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One scope of a claim as the index has it."""

    claim: str
    session: SessionId
    scope: Scope
    shared: bool


def path_of(session_id: SessionId, claim: str) -> str:
    """Where the record of a claim stands."""
    return f"{position.live_directory(session_id)}/claims/{claim}"


def agreed_token(agreed: State | None, item: Claim) -> int | None:
    """Return the token of a claim in the hub's state, None where it is not there; without a hub (None) its own."""
    known = item if agreed is None else read(agreed, item.session, item.id)
    return known.token if known is not None else None


def read(state: State, session_id: SessionId, claim: str) -> Claim | None:
    """A claim of a live session, or None."""
    record = state.json(path_of(session_id, claim))
    if record is None:
        return None
    return Claim(
        id=claim,
        session=session_id,
        scopes=tuple(Scope.from_json(item) for item in record["scopes"]),
        shared=record["shared"],
        token=record["token"],
        since=record["since"],
        until=record["until"],
        why=record["why"],
        branch=record["branch"],
        head=record["head"],
    )


def of(state: State, session_id: SessionId) -> list[Claim]:
    """All claims of a session, eldest first."""
    names = state.names(f"{position.live_directory(session_id)}/claims")
    found = [item for name in names if (item := read(state, session_id, name)) is not None]
    return sorted(found, key=lambda item: (item.token, item.id))


def put(state: State, item: Claim) -> None:
    """Write a claim: its record and its entries in the index."""
    state.write_json(
        path_of(item.session, item.id),
        {
            "scopes": [scope.to_json() for scope in item.scopes],
            "shared": item.shared,
            "token": item.token,
            "since": item.since,
            "until": item.until,
            "why": item.why,
            "branch": item.branch,
            "head": item.head,
        },
    )
    for path, content in _entries(item).items():
        state.write(path, content)


def drop(state: State, item: Claim) -> None:
    """Take a claim out: its record and its entries."""
    state.remove(path_of(item.session, item.id))
    for path in _entries(item):
        state.remove(path)


def without(state: State, item: Claim, scopes: Collection[Scope]) -> None:
    """Give up these scopes of a claim; the rest stays."""
    drop(state, item)
    left = tuple(scope for scope in item.scopes if scope not in scopes)
    if left:
        put(state, replace(item, scopes=left))


def conflicting(item: Claim, scopes: Iterable[Scope], *, shared: bool) -> tuple[Scope, ...]:
    """The scopes of a claim that conflict with a claim of `scopes`, whoever wants them."""
    if shared and item.shared:
        return ()
    wanted = tuple(scopes)
    return tuple(own for own in item.scopes if any(overlap(own, scope) for scope in wanted))


def _entries(item: Claim) -> dict[str, bytes]:
    texts: dict[str, list[str]] = {}
    for scope in item.scopes:
        name = layout.entry(item.id, item.session, kind=scope.kind, shared=item.shared)
        told = texts.setdefault(f"{layout.directory(scope.kind, scope.text)}/{name}", [])
        if scope.kind == "glob" or folded(scope.text) != scope.text:
            told.append(scope.text)
    return {path: (json.dumps(sorted(told)) + "\n").encode() if told else b"" for path, told in texts.items()}


def overlapping(state: State, scope: Scope) -> Iterator[Standing]:
    """Everything in the index that overlaps a scope, whoever holds it.

    Costs the depth of the path and the width of the directories passed; a glob or a directory also all below it.
    """
    if scope.kind == "name":
        yield from _at(state, layout.directory(scope.kind, scope.text), scope)
        return
    directory = layout.directory(scope.kind, scope.text).removesuffix("/=")
    path = path_at(directory)
    for above in layout.lookups(path):
        yield from _at(state, above, scope)
    for name in state.names(directory):
        if name != "=":
            for inner in state.walk(f"{directory}/{name}"):
                yield from _entry(state, inner, scope)


def path_at(directory: str) -> str:
    """The path that a directory of the index stands for: the inverse of `layout.below`."""
    parts = directory.split("/")[2:]
    return "/".join(part[1:] for part in parts) or "."


def _at(state: State, directory: str, scope: Scope) -> Iterator[Standing]:
    for name in state.names(directory):
        yield from _entry(state, f"{directory}/{name}", scope)


def _entry(state: State, path: str, wanted: Scope) -> Iterator[Standing]:
    directory, _, name = path.rpartition("/")
    parsed = layout.parse_entry(name)
    if parsed is None:
        return
    claim, owner, mark, shared = parsed
    kind: Kind = "name" if wanted.kind == "name" else _KINDS[mark]
    place = folded(wanted.text) if kind == "name" else path_at(directory.removesuffix("/="))
    for text in _texts(state, path) or [place]:
        scope = Scope(kind, text)
        if overlap(scope, wanted):
            yield Standing(claim, owner, scope, shared)


def _texts(state: State, path: str) -> list[str]:
    """The scopes that an entry of the index lists; none where it is empty. Raises `Unreadable` for anything else."""
    try:
        listed = lightjson.loads(state.read(path) or b"null")
    except ValueError as error:
        raise errors.storage.StateDamaged(path, "is not JSON") from error
    return [str(text) for text in listed] if isinstance(listed, list) else []


def in_the_way(
    state: State,
    holder: SessionId,
    scopes: Iterable[Scope],
    *,
    shared: bool,
    except_for: Collection[tuple[str, str]] = (),
) -> list[tuple[Scope, Standing]]:
    """What keeps `holder` from claiming `scopes`: each wanted scope with the standing claim that conflicts.

    Claims of the holder itself, of its ancestors and of its descendants do not, nor do shared ones conflict with
    shared. `except_for` are claims that are about to end, each with its session: an id alone may be another's, too.
    """
    me = session.read(state, holder)
    mine = {holder, *(me.ancestors if me else ())}
    found = []
    for scope in scopes:
        for standing in overlapping(state, scope):
            if (shared and standing.shared) or standing.session in mine:
                continue
            if (standing.claim, standing.session) in except_for:
                continue
            other = session.read(state, standing.session)
            if other is not None and not other.related(holder):
                found.append((scope, standing))
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """The payload of a claim, decoded. `ends` are own claims, or some scopes of them, that it replaces."""

    scopes: tuple[Scope, ...]
    shared: bool
    until: int | None
    ends: tuple[tuple[str, tuple[Scope, ...]], ...]
    branch: str
    head: str

    def to_json(self) -> dict[str, Any]:
        """The payload as an event carries it."""
        data: dict[str, Any] = {
            "scopes": [scope.to_json() for scope in self.scopes],
            "branch": self.branch,
            "head": self.head,
        }
        if self.shared:
            data["shared"] = True
        if self.until is not None:
            data["until"] = self.until
        if self.ends:
            data["ends"] = named(self.ends)
        return data


def named(claims: Iterable[tuple[str, tuple[Scope, ...]]]) -> list[dict[str, Any]]:
    """Claims, or parts of them, as payloads name them."""
    return [{"id": claim, "scopes": [scope.to_json() for scope in scopes]} for claim, scopes in claims]


def scopes_in(data: dict[str, Any]) -> tuple[Scope, ...]:
    """The scopes of a payload. Raises `Malformed`."""
    items = fields.records(data, "scopes")
    if not 1 <= len(items) <= MOST_SCOPES:
        raise Malformed(f"a claim has between 1 and {MOST_SCOPES} scopes")
    try:
        return tuple(dict.fromkeys(Scope.from_json(item) for item in items))
    except ValueError as error:
        raise Malformed(f"a scope is malformed: {error}") from error


def parts_in(data: dict[str, Any], key: str) -> list[tuple[str, tuple[Scope, ...]]]:
    """The claims, or parts of claims, that a payload names. Raises `Malformed`."""
    return [(fields.text(item, "id"), scopes_in(item)) for item in fields.records(data, key)]


def wanted_in(state: State, operation: Operation) -> Wanted:
    """Decode the payload of a claim. Raises `Malformed`, also where the session holds a claim of that id."""
    data = operation.data
    if read(state, operation.session, operation.event.id) is not None:
        raise Malformed("the id belongs to a live claim")
    return Wanted(
        scopes=scopes_in(data),
        shared=fields.flag(data, "shared"),
        until=fields.optional_number(data, "until"),
        ends=tuple(parts_in(data, "ends")),
        branch=fields.text(data, "branch", ""),
        head=fields.text(data, "head", ""),
    )
