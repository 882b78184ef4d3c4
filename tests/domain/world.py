"""A ledger without refs: sessions whose operations are folded one by one, over a real object database."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pygit2

from gitcoord.domain.kinds import KINDS
from gitcoord.kernel.journal import Journal
from gitcoord.kernel.objects import EMPTY_TREE, Objects
from gitcoord.ledger import commit, event, fold, sequence
from gitcoord.ledger.state import State
from gitcoord.policy.ids import NO_OBJECT, StoreOid

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.ledger.fold import Verdict

START = 1_700_000_000
"""When every world begins, in seconds."""

ME, OTHER, THIRD = "me-00000001", "other-00000002", "third-00000003"
PARENT, CHILD = "parent-00000004", "child-00000005"
MINE, THEIRS, MORE = "b" * 32, "a" * 32, "c" * 32


class World:
    """The state of a ledger, and the logs that brought it there."""

    def __init__(self, directory: Path) -> None:
        pygit2.init_repository(str(directory), bare=True)
        self.objects = Objects(str(directory), Journal(directory, fsync=False))
        first = sequence.begin(self.objects, "0" * 32, "tester", "t@example.com", START)
        self.state = sequence.load(self.objects, first)
        self.logs: dict[str, tuple[int, StoreOid]] = {}
        self.time = START

    def event(
        self, session: str, kind: str, data: dict[str, Any] | str, *, claim: str = "", why: str = ""
    ) -> event.Event:
        """The next event on a session's log. `data` as text is put there as it stands, whatever it is."""
        number, parent = self.logs.get(session, (0, NO_OBJECT))
        text = data if isinstance(data, str) else json.dumps(data)
        trailers = (
            ("Coord-Event", kind),
            ("Coord-Session", session),
            ("Coord-Number", str(number + 1)),
            ("Coord-Id", claim or uuid.uuid4().hex),
            ("Coord-Data", text),
        )
        parents = (parent,) if parent else ()
        content = commit.Commit(EMPTY_TREE, parents, session, "t@example.com", self.time, kind, why, trailers).encode()
        return event.decode(self.objects.write("commit", content), content)

    def do(
        self, session: str, kind: str, data: dict[str, Any] | str = "{}", *, claim: str = "", why: str = ""
    ) -> Verdict:
        """Fold the next operation of a session; returns its verdict."""
        item = self.event(session, kind, data, claim=claim, why=why)
        judged = fold.merge(self.state, item, self.time, KINDS)
        assert judged is not None, f"{kind} is no operation"
        self.logs[session] = (item.number, item.oid)
        return judged[1]

    def start(self, session: str, *, clone: str = "here", **data: Any) -> None:
        """Register a session, which must be accepted."""
        verdict = self.do(session, "register", {"clone": clone, "name": session, **data})
        assert verdict.accepted, verdict

    def claim(self, session: str, claim: str, *scopes: dict[str, str], **data: Any) -> None:
        """Let a session claim, which must be accepted."""
        verdict = self.do(session, "claim", {"scopes": list(scopes), **data}, claim=claim)
        assert verdict.accepted, verdict

    def files(self) -> dict[str, bytes | None]:
        """Every file of the state with its content."""
        return {path: self.state.read(path) for path in self.state.walk("")}

    def saved(self) -> State:
        """The state written out and read back: what another process would see."""
        return State(self.objects, self.state.save())
