"""The sessions as the ledger and this clone know them: who holds a claim, and whether they live."""

from __future__ import annotations

from gitcoord.errors import Unreadable
from gitcoord.guard.snapshot import NOTHING
from gitcoord.kernel import file, lightjson, process, roster, whereabouts
from gitcoord.policy import guard, identity, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.snapshot import Snapshot


_DOCTOR = "git coord doctor"


class Session:
    """A live session. Times and `lease` are seconds; `ancestors` its parent, the parent's parent and so on."""

    __slots__ = ("agent", "ancestors", "branch", "clone", "host", "id", "last", "lease", "name", "user", "work")

    def __init__(self, session: str, record: dict[str, object]) -> None:
        """Read its record. Raises `KeyError` or `TypeError` where it is not one."""
        self.id = session
        self.agent = _text(record["agent"])
        self.clone = _text(record["clone"])
        self.name = _text(record["name"])
        self.user = _text(record["user"])
        self.host = _text(record["host"])
        self.branch = _text(record["branch"])
        self.work = _text(record["work"])
        self.last = _number(record["last"])
        self.lease = _number(record["lease"])
        ancestors = record["ancestors"]
        if not isinstance(ancestors, list):
            raise TypeError("ancestors")
        self.ancestors = tuple(map(_text, ancestors))


class Claim:
    """A claim's own record. `until` is its deadline, None where it lasts as long as its session."""

    __slots__ = ("token", "until", "why")

    def __init__(self, record: dict[str, object]) -> None:
        """Read it. Raises `KeyError` or `TypeError` where it is none."""
        until = record["until"]
        self.until = None if until is None else _number(until)
        self.why = _text(record["why"])
        self.token = _number(record["token"])


class Sessions:
    """What the guard asks about sessions, looked up when first asked for. All of it may raise `Unreadable`.

    `coord_dir` is where this clone keeps its own files; `now` is in seconds.
    """

    __slots__ = ("_clone", "_coord_dir", "_gone", "_roster", "_seen", "_snapshot", "now")

    def __init__(self, snapshot: Snapshot, coord_dir: str, now: int) -> None:
        self._snapshot = snapshot
        self._coord_dir = coord_dir
        self.now = now
        self._clone: str | None = None
        self._roster: list[roster.Entry] | None = None
        self._seen: dict[str, Session | None] = {}
        self._gone: dict[tuple[str, str], str] = {}

    def get(self, session: str) -> Session | None:
        """A live session, or None."""
        if session not in self._seen:
            record = self._snapshot.record(f"{layout.live_session(session)}/session.json")
            try:
                self._seen[session] = None if record is None else Session(session, record)
            except (KeyError, TypeError) as error:
                raise _damaged(f"session {session}", error) from None
        return self._seen[session]

    def lives(self, session: str) -> bool:
        """Whether the ledger has this session among the living; cheaper than `get`."""
        above, _, name = layout.live_session(session).rpartition("/")
        return self._snapshot.directory(above).get(name) != NOTHING

    def holder(self, session: str) -> Session:
        """A session that an entry of the index names, so it must be there."""
        found = self.get(session)
        if found is None:
            raise Unreadable(f"the ledger is damaged: {session} has a claim but is no live session", _DOCTOR)
        return found

    def claim(self, session: str, claim: str) -> Claim:
        """A claim that an entry of the index names."""
        record = self._snapshot.record(f"{layout.live_session(session)}/claims/{claim}")
        if record is None:
            raise Unreadable(f"the ledger is damaged: it has no claim {claim} of {session}", _DOCTOR)
        try:
            return Claim(record)
        except (KeyError, TypeError) as error:
            raise _damaged(f"claim {claim}", error) from None

    def stale(self, session: str, claim: str) -> str:
        """Why this claim does not count any more: 'deadline', 'process', 'lease', or '' while it does."""
        key = session, claim
        if key not in self._gone:
            until = self.claim(session, claim).until
            self._gone[key] = self.evidence(self.holder(session), until)
        return self._gone[key]

    def agent_lives(self, session: Session) -> bool:
        """Whether the process of the session's agent is known to live, here."""
        return self._process_of(session) == (True, "alive")

    def evidence(self, session: Session, until: int | None) -> str:
        """Why a claim of this session with the deadline `until` does not count any more; '' while it does."""
        agent, state = self._process_of(session)
        same = bool(self._clone_id) and session.clone == self._clone_id
        return guard.stale(until, session.last, session.lease, self.now, same_clone=same, agent=agent, process=state)

    def has_twin(self, session: Session) -> bool:
        """Whether another live session may bear the same name: the readable part of an id is made of it."""
        head = session.id.rpartition("-")[0]
        return any(
            known != session.id and known.rpartition("-")[0] == head
            for fan in self._snapshot.directory("sessions/live").entries
            for known in self._snapshot.directory(f"sessions/live/{fan}").entries
        )

    def is_here(self, session: Session) -> bool:
        """Whether it is a session of this clone."""
        return bool(self._clone_id) and session.clone == self._clone_id

    def is_of_user(self, session: Session, uid: int) -> bool:
        """Whether it was started in this clone by this user, and is not an agent's."""
        entry = next((entry for entry in self.entries if entry.session == session.id), None)
        return entry is not None and entry.uid == uid and not session.agent

    def _process_of(self, session: Session) -> tuple[bool, str]:
        """Whether the recorded process is an agent's, or named as the session's own, and its state."""
        if session.clone == self._clone_id:
            for entry in self.entries:
                if entry.session == session.id and entry.kind in identity.RECORDED:
                    return entry.kind in identity.AGENTS, process.state_of(entry.mark)
        return False, "unknown"

    @property
    def entries(self) -> list[roster.Entry]:
        """The sessions of this clone, the first started first; in a copy of another clone they are that one's."""
        if self._roster is None:
            self._roster = roster.read(self._coord_dir + "/here") if self._clone_id else []
        return self._roster

    @property
    def _clone_id(self) -> str:
        if self._clone is None:
            path = self._coord_dir + "/clone"
            try:
                known = lightjson.record(file.read(path))
                copied = whereabouts.is_copy(known, whereabouts.of(self._coord_dir))
                self._clone = "" if copied else _text(known.get("id", ""))
            except FileNotFoundError:
                self._clone = ""
            except (OSError, ValueError, TypeError) as error:
                raise Unreadable(f"cannot read {path}: {error}", _DOCTOR) from None
        return self._clone


def _damaged(what: str, error: Exception) -> Unreadable:
    return Unreadable(f"the ledger is damaged: {what} has no usable {error}", _DOCTOR)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("number")
    return value
