"""What sending, reading and delivering messages cost: `python tests/bench/bench_mail.py [--quick] [send|read|wait]...`.

Prints ratios taken in turns. Not a test: numbers of a busy machine mean little.
"""

from __future__ import annotations

import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pygit2

from gitcoord.policy.ids import RefName, StoreOid

sys.path.insert(0, str(Path(__file__).parent))

from bench_ledger import arena, begin, git

from gitcoord.domain.history import feed
from gitcoord.domain.message import inbox, send
from gitcoord.domain.message import record as message
from gitcoord.domain.message.mailbox import Mailbox
from gitcoord.domain.message.record import Address, Letter
from gitcoord.domain.session import record as session
from gitcoord.domain.session import start
from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import commit, event, position, sequence
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

ROUNDS = 15
EACH = 20
PROGRAM = str(Path(sys.executable).with_name("git-coord"))


def took(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# --- sending


def sending(*, fsync: bool) -> None:
    """Messages in process against as many bare commits, each with the update of one ref."""
    with arena(0, 20, fsync=fsync) as workspace, tempfile.TemporaryDirectory(dir=workspace.place.common_dir) as place:
        me, other = begin(workspace), start.start(workspace, start.Request(name="other")).session
        plain = Plain(workspace)
        libgit = Libgit(place)
        ways: dict[str, Callable[[], object]] = {
            "send": lambda: send.send(workspace, me, other, Letter("hello", "world")),
            "append": lambda: workspace.ledger.append(me.id, lambda _: [event.Draft("progress", "x")]),
            "commit + ref": plain.step,
            "pygit2": libgit.step,
        }
        found: dict[str, list[float]] = {name: [] for name in ways}
        for work in ways.values():
            work()
        for _ in range(ROUNDS):
            for name, work in ways.items():
                found[name].append(took(lambda work=work: [work() for _ in range(EACH)]) / EACH)  # type: ignore[misc]  # no type for a default
        best = {name: min(times) for name, times in found.items()}
        middle = {name: statistics.median(times) for name, times in found.items()}
        print(f"sending, fsync {'on' if fsync else 'off'}: ms, fastest round (median of {ROUNDS} rounds of {EACH})")
        for name in ways:
            times = f"{best[name] * 1000:7.3f} ({middle[name] * 1000:7.3f})"
            shares = [(best["send"] / best[name]), (middle["send"] / middle[name])]
            print(f"  {name:14} {times}   send is {shares[0]:.2f} ({shares[1]:.2f}) times that")


class Plain:
    """A bare commit and the update of one ref, through the same objects and the same git."""

    def __init__(self, workspace: Workspace) -> None:
        self.store = workspace.ledger.store
        self.tip = ABSENT

    def step(self) -> None:
        """One commit more."""
        parents = (self.tip,) if self.tip != ABSENT else ()
        record = commit.Commit(EMPTY_TREE, parents, "x", "x@x", 1, uuid.uuid4().hex, "", (("A", "b"),))
        oid = self.store.objects.write("commit", record.encode())
        self.store.objects.publish()  # what makes it durable is part of it
        self.store.refs.update([Update(RefName("refs/coord/bench"), oid, self.tip)])
        self.store.objects.settle()
        self.tip = oid


class Libgit:
    """The same through libgit2, which synchronises nothing and locks the ref for itself alone."""

    def __init__(self, place: str) -> None:
        self.repo = pygit2.init_repository(place, bare=True)
        self.who = pygit2.Signature("x", "x@x", 1, 0)
        self.tree = self.repo.TreeBuilder().write()
        first = self.repo.create_commit("refs/heads/x", self.who, self.who, "0", self.tree, [])
        self.tip = first

    def step(self) -> None:
        """One commit more."""
        self.tip = self.repo.create_commit(None, self.who, self.who, uuid.uuid4().hex, self.tree, [self.tip])
        self.repo.references["refs/heads/x"].set_target(self.tip)


# --- reading


def fill(workspace: Workspace, me: Session, total: int, senders: int, unread: int) -> Callable[[], None]:
    """Messages of so many sessions, composed as whole logs. The last `unread` are for `me`; the others for all before
    it came, and for others. Returns what publishes the unread ones, so that the rest can be read before.
    """
    ledger, objects, now = workspace.ledger, workspace.ledger.store.objects, workspace.clock.now()
    each = total // senders
    mine = unread // senders
    chains = []
    late: list[tuple[str, str, str]] = []
    for number in range(senders):
        who = f"sender-{number:08x}"
        drafts = [event.Draft("register", "start", {"clone": workspace.clone, "name": who})]
        for at in range(each - mine):
            to = (
                Address("all") if at % 2 else Address("session", f"sender-{at % senders:08x}", f"sender-{at % senders}")
            )
            drafts.append(message.draft(to, Letter(f"subject {at}", "some words\nand more", topic="a.b"), now))
        chain = ledger.compose(SessionId(who), position.UNKNOWN, drafts, now - 3600)
        chains.append(chain)
        ours = [
            message.draft(Address("session", me.id, me.name), Letter(f"mine {at}", "words"), now) for at in range(mine)
        ]
        after = position.Position(chain[-1].number, chain[-1].oid, "live")
        tail = ledger.compose(SessionId(who), after, ours, now) if ours else []
        late.append((who, chain[-1].oid, tail[-1].oid if tail else chain[-1].oid))
        objects.abandon()
    new, _ = sequence.resequence(
        objects, ledger.tip(), chains, sequence.Signature("bench", "b@example.com", now), ledger.kinds()
    )
    objects.abandon()
    with ledger.store.write_lock():
        ledger.store.refs.update(
            [
                *[Update(log_ref(SessionId(who)), StoreOid(tip), ABSENT) for who, tip, _ in late],
                Update(LEDGER, new, ledger.tip()),
            ]
        )

    def publish() -> None:
        with ledger.store.write_lock():
            ledger.store.refs.update(
                [Update(log_ref(SessionId(who)), StoreOid(after), StoreOid(before)) for who, before, after in late]
            )
        git(Path(workspace.place.top), "repack", "-adq")

    return publish


def _read(workspace: Workspace, me: session.Session, request: inbox.Request) -> int:
    """Read messages that are shown to nobody; returns how many there were."""
    with inbox.reading(workspace, me, request) as what:
        return len(what.messages)


def reading(total: int, senders: int, unread: int) -> dict[str, float]:
    """Seconds until the inbox has the unread messages: the first look of all, and when it was up to date before."""
    with arena(0, 1) as workspace:
        started = start.start(workspace, start.Request(name="reader"))
        me = session.read(workspace.ledger.state(), started.session)
        assert me is not None
        publish = fill(workspace, me, total, senders, unread)
        _read(workspace, me, inbox.Request(limit=0))  # whatever was for all
        publish()
        found: dict[str, float] = {}
        found["take in"] = took(lambda: _open(workspace))
        request = inbox.Request(peek=True, limit=0)
        counted = _read(workspace, me, request)
        assert counted == unread, counted
        found["inbox"] = min(took(lambda: _read(workspace, me, request)) for _ in range(7))
        found["mailbox"] = min(took(lambda: _unread(workspace, me)) for _ in range(7))
        newcomer = begin(workspace)
        found["first look"] = took(lambda: _read(workspace, newcomer, inbox.Request(limit=0)))
        for file in workspace.place.coord_dir.glob("chronicle*"):
            file.unlink()
        found["made anew"] = took(lambda: _open(workspace))
        return found


def _open(workspace: Workspace) -> None:
    with feed.opened(workspace):
        pass


def _unread(workspace: Workspace, me: Session) -> None:
    with feed.opened(workspace) as chronicle:
        Mailbox(workspace, chronicle, workspace.ledger.state(), me).unread()


def readings(*, quick: bool) -> None:
    """The time of an inbox goes with what is unread, not with what there was."""
    many = 20_000 if quick else 100_000
    cases = [(many, 200, 1000), (2000, 200, 1000), (many, 200, 200)]
    print("reading: ms")
    rows = [reading(*case) for case in cases]
    for (total, _, unread), row in zip(cases, rows, strict=True):
        times = "  ".join(f"{name} {seconds * 1000:.1f}" for name, seconds in row.items())
        print(f"  {unread:5} unread of {total:6}: {times}")
    print(f"  1,000 unread: of {many} against of 2,000 messages {rows[0]['inbox'] / rows[1]['inbox']:.2f} times")
    print(f"  of {many}: 1,000 against 200 unread {rows[0]['inbox'] / rows[2]['inbox']:.2f} times")


# --- delivering


def delivering() -> None:
    """From `git coord send` to what a waiting `git coord inbox --wait` prints, less the start of the sender."""
    times, starts = [], []
    with arena(0, 1) as workspace:
        top = workspace.place.top
        names = [start.start(workspace, start.Request(name=name)).session for name in ("a", "b")]
        bells = workspace.place.coord_dir / "bells"
        for number in range(21):
            env = {**os.environ, "GIT_COORD_SESSION": names[1]}
            argv = [PROGRAM, "-C", top, "inbox", "--wait", "60s", "--json"]
            waiter = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE)
            while not (bells.is_dir() and any(not one.name.startswith(".") for one in bells.iterdir())):
                time.sleep(0.01)
            time.sleep(0.3)  # it looks once more, then sleeps
            env["GIT_COORD_SESSION"] = names[0]
            began = time.perf_counter()
            sender = subprocess.Popen([PROGRAM, "-C", top, "send", "b", str(number), "-q"], env=env)
            assert waiter.stdout is not None
            assert select.select([waiter.stdout], [], [], 30)[0]
            times.append(time.perf_counter() - began)
            sender.wait()
            waiter.communicate()
            version = [PROGRAM, "--version"]
            starts.append(took(lambda argv=version: subprocess.run(argv, check=True, capture_output=True)))  # type: ignore[misc]  # no type for a default
    whole, alone = statistics.median(times[1:]) * 1000, statistics.median(starts[1:]) * 1000
    print(f"delivering, medians of {len(times) - 1}: send to output {whole:.0f} ms, less `git-coord --version`")
    print(f"  ({alone:.0f} ms): {whole - alone:.0f} ms   (at most 200); slowest {max(times[1:]) * 1000:.0f} ms")


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")] or ["send", "read", "wait"]
    if "send" in wanted:
        sending(fsync=False)
        sending(fsync=True)
    if "read" in wanted:
        readings(quick=quick)
    if "wait" in wanted:
        delivering()


if __name__ == "__main__":
    main()
