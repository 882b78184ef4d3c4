"""Logs at the hub: one that has what ours lacks is followed, and nothing that was synced is lost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub


class Restored:
    """A clone whose session synced a message and was then set back to a copy that was made before."""

    def __init__(self, clone: Clone, aside: Path) -> None:
        self.clone = clone
        self.alice = clone.start("alice")
        clone.won(self.alice, "f")
        self.say("before")
        clone.sync()
        shutil.copytree(clone.top / ".git", aside, symlinks=True)
        self.say("forgotten")
        clone.sync()
        shutil.rmtree(clone.top / ".git")
        shutil.copytree(aside, clone.top / ".git", symlinks=True)

    def say(self, text: str) -> None:
        """Tell everybody."""
        self.clone.here("send", "all", text, session=self.alice, check=True)


@pytest.fixture
def restored(pair: tuple[Clone, Clone], tmp_path: Path) -> Restored:
    """The first of the pair, with a disk that was restored."""
    return Restored(pair[0], tmp_path / "aside")


def heard(clone: Clone, session: str, *words: str) -> list[str]:
    """The messages that the inbox answers, sorted."""
    answer = clone.here("inbox", *words, "--json", session=session, check=True).json
    return sorted(message["subject"] for message in answer["messages"])


def listener(clone: Clone) -> str:
    """A session that is told from now on."""
    bob = clone.start("bob")
    clone.won(bob, "x")
    return bob


def test_what_was_synced_before_the_disk_was_restored_is_kept(
    pair: tuple[Clone, Clone], restored: Restored, hub: Hub
) -> None:
    """The log forked: it follows the one at the hub, and the new message is appended once more; all is heard once."""
    one, two = pair
    bob = listener(two)
    two.sync()
    restored.say("after")
    one.sync()
    log = hub.git("log", "--format=%s", f"refs/coord/sessions/{restored.alice}/log")
    assert {"to all: after", "to all: forgotten"} <= set(log.split("\n"))
    two.sync()
    assert heard(two, bob) == ["after", "before", "forgotten"]
    restored.say("more")
    one.sync()
    two.sync()
    assert heard(two, bob) == ["more"]


def test_a_log_that_is_behind_is_moved_forward(pair: tuple[Clone, Clone], restored: Restored) -> None:
    """With nothing new on it the log becomes what the hub has, and what comes then continues it."""
    one, two = pair
    bob = listener(two)
    one.sync()
    restored.say("after")
    assert one.sync()["sent"] >= 1
    two.sync()
    assert heard(two, bob) == ["after", "before", "forgotten"]


def test_the_ledger_merged_something_else(pair: tuple[Clone, Clone], restored: Restored, hub: Hub) -> None:
    """A claim after the restoration carried the fork into the ledger: what the hub's log has is appended to ours."""
    one, two = pair
    bob = listener(two)
    one.won(restored.alice, "g")
    one.sync()
    two.sync()
    assert heard(two, bob) == ["before", "forgotten"]
    log = f"refs/coord/sessions/{restored.alice}/log"
    assert one.ref(log) == hub.ref(log)
    assert hub.git("log", "--format=%s", log).split("\n").count("to all: forgotten") == 1
    one.won(restored.alice, "h")
    two.sync()
    assert two.holders() == dict.fromkeys("fgh", "alice") | {"x": "bob"}
    assert heard(two, bob) == []


def test_a_session_that_ends_leaves_what_the_ledger_lacks(
    pair: tuple[Clone, Clone], restored: Restored, hub: Hub
) -> None:
    """The session ended before it met its own log at the hub: the log is not deleted there, and can be read."""
    one, two = pair
    bob = listener(two)
    restored.say("after")
    one.here("end", session=restored.alice, check=True)
    one.sync()
    one.sync()
    two.sync()
    assert heard(two, bob) == ["after", "before", "forgotten"]
    assert f"refs/coord/sessions/{restored.alice}/log" in hub.refs()


def test_garbage_in_the_place_of_a_log_gives_way(pair: tuple[Clone, Clone]) -> None:
    """Where the hub has something under a log's name that is not a commit at all, the log replaces it."""
    one, two = pair
    alice, bob = one.start("alice"), listener(two)
    one.won(alice, "f")
    one.here("send", "all", "hello", session=alice, check=True)
    one.git("push", "-q", "origin", f"+{one.write('blob', b'garbage')}:refs/coord/sessions/{alice}/log")
    one.sync()
    two.sync()
    assert heard(two, bob) == ["hello"]
