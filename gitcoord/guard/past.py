"""Claims that were held once: what the ledger's history says of them, looked up by their ids, only before refusing."""

from __future__ import annotations

from gitcoord.guard.snapshot import REF, Batch
from gitcoord.policy import layout
from gitcoord.policy.glob import Glob
from gitcoord.policy.spelling import folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gitcoord.guard.reader import Reader
    from gitcoord.kernel.git import Git

_GRANTS = ("claim", "take")
_AT_ONCE = 100  # ids that one git looks for


class Held:
    """A claim that the ledger accepted once: its session and scopes.

    `taken` is when another session took it over, in seconds, None where none did.
    """

    __slots__ = ("_directories", "_files", "_globs", "session", "taken")

    def __init__(self, session: str, scopes: list[object]) -> None:
        self.session = session
        self.taken: int | None = None
        texts: dict[str, list[str]] = {"file": [], "directory": [], "glob": []}
        for scope in scopes:
            for kind, text in scope.items() if isinstance(scope, dict) else ():
                if kind in texts and isinstance(text, str):
                    texts[kind].append(text)
        self._files = [folded(text) for text in texts["file"]]
        self._directories = [folded(text) for text in texts["directory"]]
        self._globs = [Glob(text.encode("utf-8", "surrogateescape")) for text in texts["glob"]]

    def covers(self, path: str) -> bool:
        """Whether the file `path` was in it."""
        raw, spelt = path.encode("utf-8", "surrogateescape"), folded(path)
        if spelt in self._files or any(glob.matches(raw) for glob in self._globs):
            return True
        return any(own in (".", spelt) or spelt.startswith(own + "/") for own in self._directories)


class Past:
    """The claims of the ledger's history. `git` reads the repository with the ledger, `reader` its present state."""

    __slots__ = ("_git", "_known", "_reader")

    def __init__(self, git: Git, reader: Reader) -> None:
        self._git = git
        self._reader = reader
        self._known: dict[str, Held | None] = {}

    def look_up(self, claims: Iterable[str]) -> None:
        """Look for these ids, many at once."""
        fresh = [claim for claim in dict.fromkeys(claims) if claim not in self._known and claim.isalnum()]
        for first in range(0, len(fresh), _AT_ONCE):
            self._search(fresh[first : first + _AT_ONCE])

    def valid(self, claim: str, path: str, time: int) -> bool:
        """Whether this claim covered the file `path` and was held at `time` (seconds) by who made the commit."""
        self.look_up([claim])
        held = self._known.get(claim)
        if held is None or not held.covers(path):
            return False
        return all(time < end for end in (held.taken, self._retired(held.session)) if end is not None)

    def took_from(self, claim: str, sessions: Collection[str]) -> bool:
        """Whether this claim came by a take that ended claims of one of these sessions."""
        events = (event for event in self._naming([claim]) if event.id == claim and event.kind == "take")
        return any(session in sessions for event in events for _, session in event.takes())

    def _retired(self, session: str) -> int | None:
        """When others ended this session, None where they did not."""
        record = self._reader.record(layout.ended_session(session)) or {}
        time = record.get("time")
        return time if record.get("how") == "retired" and isinstance(time, int) else None

    def _search(self, claims: list[str]) -> None:
        self._known |= dict.fromkeys(claims)
        events = self._naming(claims)
        takes = [event for event in events if event.kind == "take" and self._known.keys() & dict(event.takes()).keys()]
        # What became of a take stands where the take is named.
        verdicts = [*events, *(self._naming([event.id for event in takes]) if takes else ())]
        accepted = {name for event in verdicts for name in event.accepted}
        for event in events:
            if event.id in self._known and event.id in accepted and event.kind in _GRANTS:
                self._known[event.id] = Held(event.session, event.items("scopes"))
        for event in takes:
            for claim, session in event.takes() if event.id in accepted else ():
                held = self._known.get(claim)
                if held is not None and held.session == session:
                    held.taken = event.time if held.taken is None else min(held.taken, event.time)

    def _naming(self, ids: list[str]) -> list[_Event]:
        """The commits of the ledger's history that name one of these ids."""
        patterns = [f"--grep={name}" for name in ids]
        commits = self._git.run("rev-list", "--fixed-strings", *patterns, REF).decode().split()
        batch = Batch(self._git)
        try:
            answers = [batch.ask(commit) for commit in commits]
        finally:
            batch.close()
        return [_Event(found[1]) for found in answers if found is not None and found[0] == "commit"]


class _Event:
    """A commit of the ledger, as far as it matters here: an event of a session, or verdicts on some."""

    __slots__ = ("_data", "accepted", "id", "kind", "session", "time")

    def __init__(self, content: bytes) -> None:
        head, _, message = content.decode("utf-8", "surrogateescape").partition("\n\n")
        self.id = self.kind = self.session = self._data = ""
        self.accepted: list[str] = []
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
                words = value.split(" ")
                if words[2:3] == ["accepted"]:
                    self.accepted.append(words[1])

    def items(self, key: str) -> list[object]:
        """A list of the payload; empty where it is not one."""
        from gitcoord.kernel import lightjson

        try:
            found = lightjson.record(self._data.encode("utf-8", "surrogateescape")).get(key)
        except ValueError:
            return []
        return found if isinstance(found, list) else []

    def takes(self) -> Iterator[tuple[str, str]]:
        """The claims that a take names, each with its session."""
        for item in self.items("takes"):
            if isinstance(item, dict):
                yield str(item.get("id")), str(item.get("session"))
