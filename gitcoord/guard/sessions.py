"""The sessions as the ledger and this clone know them: who holds a claim, and whether they live."""

from __future__ import annotations

from gitcoord import errors
from gitcoord.policy import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.errors import Unreadable
    from gitcoord.guard.liveness import Liveness
    from gitcoord.guard.reader import Reader


LOOKED_AT = 100
"""Live sessions among which somebody who may do a thing is looked for."""


class Session:
    """A live session. Times and `lease` are seconds; `ancestors` its parent, the parent's parent and so on.

    `bound` is the role that says what it may do: its own, or else what it has from its parent.
    """

    __slots__ = (
        "agent",
        "ancestors",
        "bound",
        "branch",
        "clone",
        "host",
        "id",
        "last",
        "lease",
        "name",
        "role",
        "teams",
        "user",
        "work",
    )

    def __init__(self, session: str, record: dict[str, object]) -> None:
        """Read its record. Raises `KeyError` or `TypeError` where it is not one."""
        self.id = session
        self.agent = _text(record["agent"])
        self.clone = _text(record["clone"])
        self.name = _text(record["name"])
        self.role = _text(record.get("role", ""))
        self.bound = self.role or _text(record.get("inherits", ""))
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
        teams = record.get("teams", [])
        self.teams = tuple(map(_text, teams)) if isinstance(teams, list) else ()


class Claim:
    """A claim's own record. `until` is its deadline, None where it lasts as long as its session.

    `head` is the commit that its holder had checked out when it claimed, '' where there was none; `since` is when that
    was, in seconds.
    """

    __slots__ = ("head", "since", "token", "until", "why")

    def __init__(self, record: dict[str, object]) -> None:
        """Read it. Raises `KeyError` or `TypeError` where it is none."""
        until = record["until"]
        self.until = None if until is None else _number(until)
        self.why = _text(record["why"])
        self.token = _number(record["token"])
        self.since = _number(record["since"])
        self.head = _text(record["head"])


class Sessions:
    """What the guard asks about sessions, looked up when first asked for. All of it may raise `Unreadable`."""

    __slots__ = ("_claims", "_gone", "_reader", "_seen", "liveness")

    def __init__(self, reader: Reader, liveness: Liveness) -> None:
        self._reader = reader
        self.liveness = liveness
        self._seen: dict[str, Session | None] = {}
        self._claims: dict[tuple[str, str], Claim] = {}
        self._gone: dict[tuple[str, str], str] = {}

    def get(self, session: str) -> Session | None:
        """A live session, or None."""
        if session not in self._seen:
            record = self._reader.record(f"{layout.live_session(session)}/session.json")
            try:
                self._seen[session] = None if record is None else Session(session, record)
            except (KeyError, TypeError) as error:
                raise _damaged(f"session {session}", error) from None
        return self._seen[session]

    def lives(self, session: str) -> bool:
        """Whether the ledger has this session among the living; cheaper than `get`."""
        above, _, name = layout.live_session(session).rpartition("/")
        return self._reader.directory(above).has(name)

    def living(self) -> Iterable[Session]:
        """The first `LOOKED_AT` live sessions, without those that are gone."""
        fans = (self._reader.directory(f"{layout.LIVE}/{fan}") for fan in self._reader.directory(layout.LIVE).names())
        for _, name in zip(range(LOOKED_AT), (name for fan in fans for name in fan.names()), strict=False):
            found = self.get(name)
            if found is not None and not self.liveness.evidence(found, None):
                yield found

    def holder(self, session: str) -> Session:
        """A session that an entry of the index names, so it must be there."""
        found = self.get(session)
        if found is None:
            raise errors.storage.LedgerDamaged(f"{session} has a claim but is not a live session")
        return found

    def claim(self, session: str, claim: str) -> Claim:
        """A claim that an entry of the index names."""
        found = self._claims.get((session, claim))
        if found is None:
            record = self._reader.record(f"{layout.live_session(session)}/claims/{claim}")
            if record is None:
                raise errors.storage.LedgerDamaged(f"it has no claim {claim} of {session}")
            try:
                found = self._claims[session, claim] = Claim(record)
            except (KeyError, TypeError) as error:
                raise _damaged(f"claim {claim}", error) from None
        return found

    def stale(self, session: str, claim: str) -> str:
        """Return why this claim has stopped counting: 'deadline', 'process', 'lease'; '' while it counts."""
        key = session, claim
        if key not in self._gone:
            until = self.claim(session, claim).until
            self._gone[key] = self.liveness.evidence(self.holder(session), until)
        return self._gone[key]

    def has_twin(self, session: Session) -> bool:
        """Whether another live session may bear the same name: the readable part of an id is made of it."""
        head, live = session.id.rpartition("-")[0], layout.LIVE
        return any(
            known != session.id and known.rpartition("-")[0] == head
            for fan in self._reader.directory(live).names()
            for known in self._reader.directory(f"{live}/{fan}").names()
        )


def _damaged(what: str, error: Exception) -> Unreadable:
    return errors.storage.LedgerDamaged(f"{what} has no usable {error}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("number")
    return value
