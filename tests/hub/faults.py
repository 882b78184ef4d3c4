"""What every fault test asks afterwards, and the tools that break things: a clock, receive-pack in a wrapper."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.kernel.clock import SystemClock
from gitcoord.kernel.refname import SESSIONS
from gitcoord.ledger import sequence
from gitcoord.ledger.event import STATEMENTS
from gitcoord.policy.ids import SessionId

from .conftest import LEDGER, Clone

if TYPE_CHECKING:
    from pathlib import Path

    from support.programs import Ran

    from .conftest import Hub


def operations(clone: Clone) -> list[tuple[int, str, str]]:
    """Number, id and verdict of every operation that a clone's ledger lists, in its order; nothing counts twice."""
    found = []
    for line in clone.git("log", "--first-parent", "--reverse", "--format=%B", LEDGER).splitlines():
        if line.startswith("Coord-Verdict: "):
            number, identity, verdict = line.removeprefix("Coord-Verdict: ").split(" ", 2)
            found.append((int(number), identity, verdict))
    identities = [identity for _, identity, _ in found]
    assert len(identities) == len(set(identities)), "counted twice"
    numbers = [number for number, _, _ in found]
    assert numbers == sorted(set(numbers)), f"numbers given twice, or falling: {numbers}"
    return found


def times(clone: Clone, session: str, subject: str) -> int:
    """How many events of a session with this subject a clone's ledger holds."""
    shown = "%(trailers:key=Coord-Session,valueonly,separator=) %s"
    said = clone.git("log", f"--format={shown}", "--grep=^Coord-Event: ", LEDGER).splitlines()
    return said.count(f"{session} {subject}")


def settled(hub: Hub, *clones: Clone, full: bool = True) -> dict[str, str]:
    """After a sync of each clone: all know the hub's ledger, nothing waits, counts twice, or is found wrong.

    Returns what is held.
    """
    for clone in (*clones, *clones):
        clone.sync()
    assert {clone.ledger for clone in clones} == {hub.ledger}, "the clones disagree"
    assert {clone.confirmed for clone in clones} == {hub.ledger}
    for clone in clones:
        operations(clone)
    if full:
        for clone in clones:
            found = [*complaints(clone), *waiting(clone)]
            assert not found, found
    held = [clone.holders() for clone in clones]
    assert all(one == held[0] for one in held)
    return held[0]


def complaints(clone: Clone) -> list[str]:
    """What `doctor --full` finds wrong; hooks are not installed in these clones."""
    findings: list[dict[str, Any]] = clone.here("doctor", "--full", "--json").json["findings"]
    assert "fold" in {item["name"] for item in findings}
    return [
        f"{item['name']}: {item['message']}"
        for item in findings
        if not item["ok"] and not item["name"].startswith("hook")
    ]


def waiting(clone: Clone) -> list[str]:
    """Operations on a clone's logs that its ledger does not have; a message waits for the next operation, rightly."""
    opened = clone.workspace(SystemClock())
    store, state = opened.ledger.store, opened.ledger.state()
    logs = {ref.split("/")[3]: oid for ref, oid in store.refs.list(SESSIONS + "/").items() if ref.endswith("/log")}
    events = [
        event for name, oid in logs.items() for event in sequence.pending(store.objects, state, SessionId(name), oid)
    ]
    store.close()
    return [f"{event.session}: {event.subject}" for event in events if event.kind not in STATEMENTS]


def locks(repository: Path) -> list[str]:
    """Lock files anywhere below a directory."""
    return sorted(str(path.relative_to(repository)) for path in repository.rglob("*.lock"))


def receive_pack(clone: Clone, script: Path, text: str) -> None:
    """Let this clone's pushes run a script in the place of `git-receive-pack`."""
    script.write_text(text)
    script.chmod(0o755)
    clone.git("config", "remote.origin.receivepack", str(script))


def plain_receive_pack(clone: Clone) -> None:
    """Let its pushes be ordinary ones again."""
    clone.git("config", "--unset", "remote.origin.receivepack")


@dataclass
class Hours:
    """The time that it really is, for clones whose clocks a test sets."""

    now: int = field(default_factory=lambda: SystemClock().now())

    def pass_by(self, seconds: int) -> None:
        """Let so many seconds pass."""
        self.now += seconds


class Timed(Clone):
    """A clone whose programs have a clock of their own, so many seconds ahead of the time that it really is."""

    def __init__(self, clone: Clone, hours: Hours, ahead: int = 0) -> None:
        super().__init__(clone.top, clone.env)
        self.hours = hours
        self.ahead = ahead
        self.git("config", "coord.autosync", "false")  # it looks at the times of files

    def now(self) -> int:
        """What its clock shows."""
        return self.hours.now + self.ahead

    def here(self, *args: str, session: str = "", check: bool = False) -> Ran:
        """Run `git coord` in this process, by this clock."""
        self.forget_away()
        with pytest.MonkeyPatch.context() as patch:
            for module in ("cli.invocation", "surroundings"):
                patch.setattr(f"gitcoord.interfaces.{module}.SystemClock", lambda: self)
            return super().here(*args, session=session, check=check)
