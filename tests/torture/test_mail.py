"""Senders and readers killed at any moment, beside maintenance: every message arrives, once, in order."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from support.torture import TIMES, repeated

from gitcoord.domain.message import inbox
from gitcoord.domain.session import record as session
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rig import Arena, Worker

SENDERS = READERS = 8
EACH = 200
"""Messages that a sender sends before it ends, unless it is killed before."""

Shown = tuple[str, int, str]
"""Sender, number and id of a message that was shown."""


@contextmanager
def maintenance(arena: Arena) -> Iterator[list[int]]:
    """What git and people do to a repository, over and over; yields how often."""
    over, rounds = threading.Event(), [0]
    jobs = [("pack-refs", "--all"), ("gc", "-q", "--prune=now"), ("repack", "-adq"), ("prune", "--expire=now")]

    def run() -> None:
        while not over.is_set():
            arena.upkeep("git", *jobs[rounds[0] % len(jobs)])
            rounds[0] += 1
            over.wait(0.2)  # a moment in which others get on

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield rounds
    finally:
        over.set()
        thread.join()


class Record:
    """What all workers said."""

    def __init__(self, readers: list[str]) -> None:
        self.readers = readers
        self.begun: dict[tuple[str, int], str] = {}
        self.sent: dict[tuple[str, int], str] = {}
        self.shown: dict[str, list[tuple[list[Shown], bool]]] = defaultdict(list)
        self.errors: list[dict[str, Any]] = []

    def hear(self, worker: Worker) -> None:
        """Take down what a worker said until its end."""
        for said in worker.rest():
            if "sends" in said:
                self.begun[worker.session, said["sends"]] = said["to"]
            elif "sent" in said:
                self.sent[worker.session, said["sent"]] = said["id"]
            elif "shows" in said and not said["peek"]:
                batch = [(sender, number, event) for sender, number, event in said["shows"]]
                self.shown[worker.session].append((batch, False))
            elif said.get("recorded"):
                batch, _ = self.shown[worker.session].pop()
                self.shown[worker.session].append((batch, True))
            elif "message" in said:
                self.errors.append(said)

    def meant(self, key: tuple[str, int], reader: str) -> bool:
        """Whether a message was for this reader."""
        return self.begun[key] in (reader, "all", "role:reader", "can:read")

    def judge(self) -> None:
        """Fail where a message is lost, doubled, out of order, misdirected or of nobody.

        A message that an inbox showed and recorded is not shown again. One that was shown by an inbox that was killed
        before it said that it had recorded that, may be shown once more, by each inbox killed so.
        """
        assert self.errors == []
        for reader in self.readers:
            recorded = Counter(event for batch, done in self.shown[reader] if done for _, _, event in batch)
            assert [event for event, times in recorded.items() if times > 1] == [], "shown twice"
            seen: dict[str, tuple[str, int]] = {}
            last: dict[str, int] = {}
            final: set[str] = set()
            for batch, done in self.shown[reader]:
                for sender, number, event in batch:
                    assert event not in final, "shown again after it was recorded"
                    assert (sender, number) in self.begun, "of nobody"
                    assert self.sent.get((sender, number), event) == event, "another id than was acknowledged"
                    assert self.meant((sender, number), reader), "not for this reader"
                    if event not in seen:
                        assert number > last.get(sender, -1), "out of the sender's order"
                        last[sender] = number
                        seen[event] = sender, number
                if done:
                    final |= {event for _, _, event in batch}
            assert len(set(seen.values())) == len(seen), "one message under two ids"
            missing = [key for key, event in self.sent.items() if self.meant(key, reader) and event not in seen]
            assert missing == [], f"lost: {len(missing)}"


@pytest.mark.slow
def test_no_message_is_lost_or_doubled(arena: Arena) -> None:
    """8 senders and 8 readers, killed and started again at random, while refs are packed and objects pruned.

    What was acknowledged as sent reaches each reader whom it was for; what was recorded as read does not come again;
    each sender's messages come in its order; nothing comes that nobody sent. A sender killed before it could say so may
    have sent its last message.
    """
    senders = arena.sessions(*(f"s{number}" for number in range(SENDERS)), lease=24 * 3600)
    readers = arena.sessions(
        *(f"r{number}" for number in range(READERS)), role="reader", capabilities=("read",), lease=24 * 3600
    )
    record = Record(readers)
    dice = random.Random(7)
    numbers = dict.fromkeys(senders, 0)

    def begin(who: str) -> Worker:
        if who in readers:
            return arena.worker("read", who, dice.randrange(1 << 30))
        numbers[who] += 10_000
        return arena.worker("write", who, numbers[who], EACH, dice.randrange(1 << 30))

    kills = 0
    with maintenance(arena) as rounds:
        running = {who: begin(who) for who in [*senders, *readers]}
        time.sleep(1.5)  # all of them are at it
        for _ in range(repeated(6)):
            time.sleep(dice.random() * 0.5)
            for who in [*dice.sample(senders, 2), *dice.sample(readers, 2)]:
                kills += running[who].process.poll() is None
                running[who].kill(group=dice.random() < 0.5)
                record.hear(running[who])
                running[who] = begin(who)
        time.sleep(2.0)
        for worker in running.values():
            worker.kill()
            record.hear(worker)
    assert kills >= 2 * TIMES, "hardly anybody was killed: the test tests little"
    assert rounds[0] >= 4, "maintenance went round at least once"
    with arena.opened() as workspace:
        state = workspace.ledger.state()
        for who in readers:
            me = session.read(state, SessionId(who))
            assert me is not None
            with inbox.reading(workspace, me, inbox.Request(limit=0)) as what:
                found: list[Shown] = [(item.sender.session, int(item.subject), item.id) for item in what.messages]
            record.shown[who].append((found, True))
            with inbox.reading(workspace, me, inbox.Request(limit=0)) as what:
                _nothing(what.messages)
    assert len(record.sent) > SENDERS * 2, "hardly anything was sent: the test tests little"
    record.judge()
    arena.settle()
    arena.sound()


def _nothing(messages: list[inbox.Shown]) -> None:
    assert messages == [], "all was read"
