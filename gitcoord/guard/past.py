"""Claims that were held once: what the ledger's history says of them, looked up by their ids, only before refusing."""

from __future__ import annotations

from gitcoord.guard import trail
from gitcoord.guard.trail import Trail
from gitcoord.policy import layout
from gitcoord.policy.glob import Glob
from gitcoord.policy.spelling import folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gitcoord.guard.reader import Reader
    from gitcoord.guard.trail import Event
    from gitcoord.kernel.git import Git

_AT_ONCE = 100  # ids that one git looks for


class Area:
    """The paths that some scopes cover."""

    __slots__ = ("_directories", "_files", "_globs")

    def __init__(self, scopes: list[object]) -> None:
        texts: dict[str, list[str]] = {"file": [], "directory": [], "glob": []}
        for scope in scopes:
            for kind, text in scope.items() if isinstance(scope, dict) else ():
                if kind in texts and isinstance(text, str):
                    texts[kind].append(text)
        self._files = [folded(text) for text in texts["file"]]
        self._directories = [folded(text) for text in texts["directory"]]
        self._globs = [Glob(text.encode("utf-8", "surrogateescape")) for text in texts["glob"]]

    def covers(self, path: str) -> bool:
        """Whether the file `path` is in it."""
        raw, spelt = path.encode("utf-8", "surrogateescape"), folded(path)
        if spelt in self._files or any(glob.matches(raw) for glob in self._globs):
            return True
        return any(own in (".", spelt) or spelt.startswith(own + "/") for own in self._directories)


class Tenure:
    """What a session held of a claim. `lost`: from which time on, in seconds, it no longer had which paths of it."""

    __slots__ = ("lost", "scopes", "session", "whole")

    def __init__(self, session: str, scopes: list[object]) -> None:
        self.session = session
        self.scopes = scopes
        self.whole = Area(scopes)
        self.lost: list[tuple[int, Area]] = []

    def held(self, path: str, time: int) -> bool:
        """Whether the file `path` was in it at `time`."""
        return self.whole.covers(path) and all(time < end for end, area in self.lost if area.covers(path))


class Past:
    """The claims of the ledger's history. `git` reads the repository with the ledger, `reader` its present state."""

    __slots__ = ("_git", "_known", "_reader")

    def __init__(self, git: Git, reader: Reader) -> None:
        self._git = git
        self._reader = reader
        self._known: dict[str, list[Tenure]] = {}

    def look_up(self, claims: Iterable[str]) -> None:
        """Look for these ids, many at once."""
        fresh = [claim for claim in dict.fromkeys(claims) if claim not in self._known and claim.isalnum()]
        for first in range(0, len(fresh), _AT_ONCE):
            self._search(fresh[first : first + _AT_ONCE])

    def valid(self, claim: str, path: str, time: int, makers: Collection[str] = ()) -> bool:
        """Whether this claim covered the file `path` and was held at `time` (seconds) by who made the commit.

        `makers` are the sessions that its note names. Where one of them held the claim, it alone counts: another
        session may have had the claim after it, and may be its parent only where it held none.
        """
        self.look_up([claim])
        tenures = self._known.get(claim, [])
        own = [one for one in tenures if one.session in makers] or tenures
        return any(one.held(path, time) and self._lived(one.session, time) for one in own)

    def took_from(self, claim: str, sessions: Collection[str]) -> bool:
        """Whether this claim came by a take that ended claims of one of these sessions."""
        events = (event for event in trail.naming(self._git, [claim]) if event.id == claim and event.kind == "take")
        return any(session in sessions for event in events for _, session in event.takes())

    def _lived(self, session: str, time: int) -> bool:
        """Whether nobody had ended this session by then."""
        record = self._reader.record(layout.ended_session(session)) or {}
        end = record.get("time")
        return not (record.get("how") == "retired" and isinstance(end, int)) or time < end

    def _search(self, claims: list[str]) -> None:
        self._known |= {claim: [] for claim in claims}
        found = Trail(self._git, claims)
        tasks = {}
        for event in found.events.values():
            if event.id in self._known and event.id in found.accepted:
                self._grant(event.id, event.session, _granted(found, event))
                tasks[event.id] = found.task(event)
        lost = [claim for claim in claims if not self._known[claim]]
        for claim, session, task, scopes in found.given(lost) if lost else ():
            self._grant(claim, session, scopes)
            tasks[claim] = task
        for event in sorted(found.events.values(), key=lambda one: one.time):
            if event.id in found.accepted:
                self._move(found, event, tasks)

    def _grant(self, claim: str, session: str, scopes: list[object]) -> None:
        if scopes:
            self._known[claim].append(Tenure(session, scopes))

    def _move(self, found: Trail, event: Event, tasks: dict[str, str]) -> None:
        """Enter what an accepted operation took of the claims, and whom it gave it."""
        for claim, session in event.takes() if event.kind == "take" else ():
            for one in self._open(claim, session):
                one.lost.append((event.time, one.whole))
        if event.kind not in ("handoff-accept", "adopt"):
            return
        said = event if event.kind == "adopt" else found.events.get(event.text("offer"))
        giver = said.text("session" if said is event else "from") if said is not None else ""
        parts = list(said.moves()) if said is not None else []
        named = said.items("tasks") if said is not None else []
        parts += [(claim, []) for claim, task in tasks.items() if task and task in named]
        for claim, scopes in parts:
            self._hand_over(claim, giver, event, scopes)

    def _hand_over(self, claim: str, giver: str, event: Event, scopes: list[object]) -> None:
        """Let a session have these scopes of a claim, all of it for none, which the giver has no longer."""
        given: list[object] = []
        for one in list(self._open(claim, giver)):
            moved = [scope for scope in one.scopes if scope in scopes] if scopes else one.scopes
            given += moved
            if moved:
                one.lost.append((event.time, Area(moved)))
        if claim in self._known and given:
            self._known[claim].append(Tenure(event.session, given))

    def _open(self, claim: str, session: str) -> Iterator[Tenure]:
        """What a session held of a claim and had not lost whole."""
        for one in self._known.get(claim, ()):
            if one.session == session and all(area is not one.whole for _, area in one.lost):
                yield one


def _granted(found: Trail, event: Event) -> list[object]:
    """The scopes of the claim that an accepted event gave its session."""
    if event.kind in trail.CLAIMS:
        return event.items("scopes")
    return found.scopes(found.task(event)) if event.kind in trail.TASKS else []
