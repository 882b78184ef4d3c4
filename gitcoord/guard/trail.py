"""The trail of claims in the ledger's history: the events that gave them and moved them, found by their ids."""

from __future__ import annotations

from gitcoord.guard.snapshot import Batch
from gitcoord.kernel import revision
from gitcoord.kernel.refname import LEDGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gitcoord.kernel.git import Git

CLAIMS = ("claim", "take")
TASKS = ("task-next", "task-take")
_MOVES = ("take", "handoff-offer", "handoff-accept", "adopt")
_ID = 1 << 128


class Event:
    """A commit of the ledger, as far as it matters here: an event of a session, or verdicts on some.

    `accepted` are the ids of the events that were, each with what its verdict says.
    """

    __slots__ = ("_data", "_payload", "accepted", "id", "kind", "session", "time")

    def __init__(self, content: bytes) -> None:
        head, _, message = content.decode("utf-8", "surrogateescape").partition("\n\n")
        self.id = self.kind = self.session = self._data = ""
        self._payload: dict[str, object] | None = None
        self.accepted: dict[str, str] = {}
        self.time = 0
        for line in head.splitlines():
            if line.startswith("committer "):
                seconds = line.rsplit(" ", 2)[1]
                self.time = int(seconds) if seconds.isdigit() else 0
        for line in message.rstrip("\n").rpartition("\n\n")[2].splitlines():
            key, _, value = line.partition(": ")
            if key == "Coord-Id":
                self.id = value
            elif key == "Coord-Event":
                self.kind = value
            elif key == "Coord-Session":
                self.session = value
            elif key == "Coord-Data":
                self._data = value
            elif key == "Coord-Verdict":
                words = value.split(" ", 3)
                if words[2:3] == ["accepted"]:
                    self.accepted[words[1]] = words[3] if len(words) > 3 else ""

    def text(self, key: str) -> str:
        """A text of the payload; '' where it is none."""
        found = self._fields().get(key)
        return found if isinstance(found, str) else ""

    def items(self, key: str) -> list[object]:
        """A list of the payload; empty where it is none."""
        found = self._fields().get(key)
        return found if isinstance(found, list) else []

    def named(self, key: str) -> Iterator[dict[str, object]]:
        """The objects of a list of the payload."""
        return (item for item in self.items(key) if isinstance(item, dict))

    def _fields(self) -> dict[str, object]:
        if self._payload is None:
            self._payload = record(self._data)
        return self._payload

    def takes(self) -> Iterator[tuple[str, str]]:
        """The claims that a take names, each with its session."""
        for item in self.named("takes"):
            yield str(item.get("id")), str(item.get("session"))

    def moves(self) -> Iterator[tuple[str, list[object]]]:
        """The claims that an offer or an adoption names, each with the scopes that move."""
        for item in self.named("claims"):
            scopes = item.get("scopes")
            yield str(item.get("id")), scopes if isinstance(scopes, list) else []


class Trail:
    """The events about some claims (ids), and about the tasks that these came with."""

    __slots__ = ("_git", "accepted", "events")

    def __init__(self, git: Git, claims: Collection[str]) -> None:
        self._git = git
        self.events: dict[str, Event] = {}
        self.accepted: dict[str, str] = {}
        asked: set[str] = set()
        fresh = {*claims}
        while fresh:
            asked |= fresh
            self._add(naming(git, sorted(fresh)))
            fresh = {*self._next(claims)} - asked

    def _add(self, found: Iterable[Event]) -> None:
        for event in found:
            self.accepted |= event.accepted
            if event.id:
                self.events[event.id] = event

    def _next(self, claims: Collection[str]) -> Iterator[str]:
        """The ids to look for next: tasks that came with a claim, and moves, whose verdict stands elsewhere."""
        for event in self.events.values():
            if event.kind in TASKS and event.id in claims:
                yield from filter(None, (self.task(event),))
            elif event.kind in _MOVES:
                yield event.id

    def task(self, event: Event) -> str:
        """The task that an event gave its session; '' where it gave none."""
        given = record(self.accepted.get(event.id, "")).get("id")
        return given if isinstance(given, str) and given.isalnum() else ""

    def scopes(self, task: str) -> list[object]:
        """The scopes that a task needs."""
        added = self.events.get(task)
        return added.items("scopes") if added is not None and added.kind == "task-add" else []

    def given(self, claims: Collection[str]) -> Iterator[tuple[str, str, str, list[object]]]:
        """The claims that came with a task which an accepted offer moved while nobody held it, as in `handoff.apply`.

        Each with the session that got it, its task and the scopes of that. No event bears the id of such a claim.
        """
        self._add(naming(self._git, ["Coord-Event: handoff-accept"]))
        accepts = [event for event in self.events.values() if event.kind == "handoff-accept"]
        offers = sorted({event.text("offer") for event in accepts if event.text("offer").isalnum()})
        self._add(naming(self._git, [*offers, *(event.id for event in accepts)]) if offers else ())
        found = []
        for event in accepts:
            offer = self.events.get(event.text("offer"))
            for task in offer.items("tasks") if offer is not None and event.id in self.accepted else ():
                name = _sum(event.id, task)
                if name in claims:
                    found.append((name, event.session, str(task)))
        self._add(naming(self._git, sorted({task for _, _, task in found})) if found else ())
        return ((name, session, task, self.scopes(task)) for name, session, task in found)


def _sum(event: str, task: object) -> str:
    try:
        return f"{(int(event, 16) + int(str(task), 16)) % _ID:032x}"
    except ValueError:
        return ""


def record(text: str) -> dict[str, object]:
    """The JSON object that a text is; empty where it is none."""
    from gitcoord.kernel import lightjson

    try:
        return lightjson.record(text.encode("utf-8", "surrogateescape"))
    except ValueError:
        return {}


def naming(git: Git, texts: list[str]) -> list[Event]:
    """The commits of the ledger's history whose messages have one of these texts, the eldest first."""
    patterns = [f"--grep={text}" for text in texts]
    commits = revision.listed(git, "--reverse", "--topo-order", "--fixed-strings", *patterns, LEDGER)
    batch = Batch(git)
    try:
        answers = [batch.ask(commit) for commit in commits]
    finally:
        batch.close()
    return [Event(found[1]) for found in answers if found is not None and found[0] == "commit"]
