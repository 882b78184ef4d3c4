"""The halts that stand, as the state holds them, and what sessions answered.

`halt.json` has all of them in one list: hooks and shims ask for that one name. The answers to a halt stand beside each
other in a directory of their own, which goes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain import fields
from gitcoord.domain.session import record as session
from gitcoord.errors import Malformed
from gitcoord.ledger.commit import canonical
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import halting, limits
from gitcoord.policy.halting import PATH
from gitcoord.policy.ids import SessionId
from gitcoord.policy.moment import Moment
from gitcoord.policy.scope import Scope, overlap

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.ledger.state import State

ANSWERS = "halts"
TYPES = (
    "stop_all_tasks",
    "security_breach",
    "resource_exhaustion",
    "data_corruption",
    "system_shutdown",
    "other",
)
SEVERITIES = ("warning", "critical", "fatal")


@dataclass(frozen=True, slots=True)
class Halt:
    """A halt. Times are seconds; `until` is None for one that stands until somebody ends it.

    `by` is the session that called it and `name` what that was called then. `sessions` and `scopes` are what it is
    limited to; with neither it stops everybody. `require` says what everybody is to do, `auto` that tasks are to be
    given back.
    """

    id: str
    by: SessionId
    name: str
    since: int
    type: str
    severity: str
    reason: str
    require: str
    until: int | None
    auto: bool
    sessions: tuple[SessionId, ...]
    scopes: tuple[Scope, ...]

    def to_json(self) -> dict[str, Any]:
        """The halt as the state holds it."""
        return {
            "id": self.id,
            "by": self.by,
            "name": self.name,
            "since": self.since,
            "type": self.type,
            "severity": self.severity,
            "reason": self.reason,
            "require": self.require,
            "until": self.until,
            "auto": self.auto,
            "sessions": list(self.sessions),
            "scopes": [scope.to_json() for scope in self.scopes],
        }

    def stops(self, ids: Collection[str], scopes: Iterable[Scope] = ()) -> bool:
        """Say whether it stops a session (its id and those of its ancestors) that wants to work on these scopes."""
        if halting.stops_session(self.to_json(), ids):
            return True
        wanted = tuple(scopes)
        return any(overlap(halted, scope) for halted in self.scopes for scope in wanted)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a session answered to a halt; `did` are sentences about what it did, `time` is in seconds."""

    session: SessionId
    time: int
    did: tuple[str, ...]


def standing(state: State, now: int) -> list[Halt]:
    """Return the halts that stand, the eldest first. Raises `Unreadable` where `halt.json` is damaged."""
    record = state.json(PATH)
    if record is None:
        return []
    try:
        return [_decode(halt) for halt in halting.standing(record, now)]
    except (KeyError, TypeError, ValueError) as error:
        raise errors.storage.StateDamaged(PATH) from error


def _decode(record: dict[str, Any]) -> Halt:
    return Halt(
        id=record["id"],
        by=record["by"],
        name=record["name"],
        since=record["since"],
        type=record["type"],
        severity=record["severity"],
        reason=record["reason"],
        require=record["require"],
        until=record["until"],
        auto=record["auto"],
        sessions=tuple(record["sessions"]),
        scopes=tuple(Scope.from_json(scope) for scope in record["scopes"]),
    )


def write(state: State, halts: Collection[Halt]) -> bool:
    """Let these halts stand and no others. The answers to those that no longer stand go with them.

    Returns false, and changes nothing, where the file would be too large: every guard has to read it.
    """
    content = canonical({"halts": [halt.to_json() for halt in halts]}).encode("utf-8", "surrogateescape")
    if len(content) > limits.HALT_BYTES:
        return False
    for name in set(state.names(ANSWERS)) - {halt.id for halt in halts}:
        state.remove(f"{ANSWERS}/{name}")
    if halts:
        state.write(PATH, content + b"\n")
    else:
        state.remove(PATH)
    return True


def answers(state: State, halt: str) -> list[Answer]:
    """Return the answers to a halt (its id), by session."""
    found = []
    for name in state.names(f"{ANSWERS}/{halt}"):
        record = state.json(f"{ANSWERS}/{halt}/{name}") or {}
        found.append(Answer(SessionId(name), record["time"], tuple(record["did"])))
    return found


def has_answered(state: State, halt: str, session_id: SessionId) -> bool:
    """Say whether a session has answered a halt."""
    return state.has(f"{ANSWERS}/{halt}/{session_id}")


def put_answer(state: State, halt: str, answer: Answer) -> None:
    """Keep what a session answered."""
    state.write_json(f"{ANSWERS}/{halt}/{answer.session}", {"time": answer.time, "did": list(answer.did)})


def stopping(state: State, session_id: SessionId, now: int, scopes: Iterable[Scope] = ()) -> Halt | None:
    """Return the halt that keeps a session from beginning new work, on these scopes or at all; None where none does.

    Every kind of operation that asks for work asks here first: `claim`, `take`, a task that is taken.
    """
    if not state.has(PATH):
        return None
    ids, wanted = family(state, session_id), tuple(scopes)
    return next((halt for halt in standing(state, now) if halt.stops(ids, wanted)), None)


def refusal(state: State, operation: Operation, scopes: Iterable[Scope] = ()) -> Verdict | None:
    """Return the verdict on an operation that asks for work while a halt stops it; None where none does."""
    halt = stopping(state, operation.session, operation.time, scopes)
    return None if halt is None else Verdict("halted", {"halt": halt.id})


def family(state: State, session_id: SessionId) -> tuple[str, ...]:
    """Return the ids of a session and of its ancestors."""
    living = session.read(state, session_id)
    return (session_id, *(living.ancestors if living is not None else ()))


def inherit(state: State, heir: str, resumed: object, now: int) -> None:
    """Let the halts that name a session name the one that goes on with its work, too."""
    if state.has(PATH) and isinstance(resumed, str):
        halts = standing(state, now)
        if any(resumed in halt.sessions for halt in halts):
            write(state, [_with(halt, heir) if resumed in halt.sessions else halt for halt in halts])


def _with(halt: Halt, heir: str) -> Halt:
    return _decode(halt.to_json() | {"sessions": [*halt.sessions, heir]})


@dataclass(frozen=True, slots=True)
class Wanted:
    """The payload of a halt, decoded; the reason is the body of its event."""

    type: str = "other"
    severity: str = "critical"
    require: str = ""
    until: int | None = None
    auto: bool = False
    sessions: tuple[SessionId, ...] = ()
    scopes: tuple[Scope, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The payload as an event carries it."""
        said: dict[str, Any] = {"type": self.type, "severity": self.severity}
        if self.require:
            said["require"] = self.require
        if self.until is not None:
            said["until"] = self.until
        if self.auto:
            said["auto"] = True
        if self.sessions:
            said["sessions"] = list(self.sessions)
        if self.scopes:
            said["scopes"] = [scope.to_json() for scope in self.scopes]
        return said


def wanted_in(data: dict[str, Any]) -> Wanted:
    """Decode the payload of a halt. Raises `Malformed`."""
    kind, severity = fields.text(data, "type", "other"), fields.text(data, "severity", "critical")
    if kind not in TYPES or severity not in SEVERITIES:
        raise Malformed("there is no such type or severity of a halt")
    sessions = [SessionId(name) for name in fields.texts(data, "sessions")]
    if not all(session.well_formed(name) for name in sessions):
        raise Malformed("a session id is not well formed")
    try:
        scopes = tuple(dict.fromkeys(Scope.from_json(item) for item in fields.records(data, "scopes")))
    except ValueError as error:
        raise Malformed(f"a scope is malformed: {error}") from error
    if len(scopes) > limits.SCOPES:
        raise Malformed(f"a halt has at most {limits.SCOPES} scopes")
    return Wanted(
        kind,
        severity,
        fields.text(data, "require", ""),
        fields.optional_number(data, "until"),
        fields.flag(data, "auto"),
        tuple(dict.fromkeys(sessions)),
        scopes,
    )


def tell_halt(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of a halt in `log` and `watch`. Raises `Malformed`."""
    wanted = wanted_in(data)
    return {
        "type": wanted.type,
        "severity": wanted.severity,
        "require": wanted.require,
        "until": None if wanted.until is None else Moment(wanted.until),
        "auto": wanted.auto,
        "sessions": list(wanted.sessions),
    }


def tell_resume(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of the end of a halt in `log` and `watch`. Raises `Malformed`."""
    return {"halts": fields.texts(data, "halts"), "person": fields.flag(data, "person")}


def tell_answer(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of an answer in `log` and `watch`. Raises `Malformed`."""
    return {"halt": fields.text(data, "halt"), "did": fields.texts(data, "did")}
