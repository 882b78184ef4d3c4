"""What a session is told by its next command: bounded, whoever writes at the same time, whatever a crash left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.message import news
from gitcoord.domain.message.news import Announcement
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from pathlib import Path

ME = SessionId("me-00000001")


def mail(*numbers: int) -> list[Announcement]:
    """Messages of these numbers."""
    return [Announcement(f"{number:032x}", f"message from bob: number {number}") for number in numbers]


def take(directory: Path, session: str, *, mail: bool = True) -> list[str]:
    """What a session is told; then it has been told."""
    found = news.waiting(directory, SessionId(session), mail=mail)
    news.drop(directory, SessionId(session), found.records)
    return found.told


def names(directory: Path) -> list[str]:
    """The news files that are there."""
    return sorted(path.name for path in (directory / "news").iterdir() if path.name != news.LOCK)


def test_few_messages_are_told_one_by_one(tmp_path: Path) -> None:
    """Three are three lines, and are told once."""
    news.announce(tmp_path, ME, mail(1, 2, 3))
    assert take(tmp_path, ME) == [f"message from bob: number {n} (git coord inbox)" for n in (1, 2, 3)]
    assert take(tmp_path, ME) == []
    assert names(tmp_path) == []


@pytest.mark.parametrize("count", [4, 1034, 20_000])
def test_many_messages_are_one_line_and_one_bounded_file(tmp_path: Path, count: int) -> None:
    """However many there are, the exact number is said, and the newest."""
    for number in range(0, count, 1000):
        news.announce(tmp_path, ME, mail(*range(number, min(count, number + 1000))))
        assert (tmp_path / "news" / ME).stat().st_size <= news.LONGEST
    assert names(tmp_path) == [ME]
    (line,) = take(tmp_path, ME)
    assert line == f"{count} new messages; the newest: message from bob: number {count - 1} (git coord inbox)"


def test_sentences_are_told_beside_a_flood(tmp_path: Path) -> None:
    """That the hub refused a claim does not drown in a number; an urgent message is at least counted."""
    news.leave(tmp_path, ME, "the hub refused src", about="e" * 32)
    news.announce(tmp_path, ME, [*mail(*range(8)), Announcement("f" * 32, "message from bob: fire", urgent=True)])
    told = take(tmp_path, ME)
    assert told[0] == "the hub refused src"
    assert told[1:] == ["9 new messages, 1 of them urgent; the newest: message from bob: fire (git coord inbox)"]


def test_the_inbox_leaves_word_of_messages_to_itself(tmp_path: Path) -> None:
    """A command that shows messages takes what is not a message; what it showed is not announced any more."""
    news.leave(tmp_path, ME, "provisional for now")
    news.announce(tmp_path, ME, mail(1, 2))
    assert take(tmp_path, ME, mail=False) == ["provisional for now"]
    news.was_read(tmp_path, ME, {f"{1:032x}"}, left=1)
    assert take(tmp_path, ME) == ["message from bob: number 2 (git coord inbox)"]


def test_what_is_counted_follows_what_is_unread(tmp_path: Path) -> None:
    """Where the file holds a number instead of ids, the inbox says how many are left."""
    news.announce(tmp_path, ME, mail(*range(1034)))
    news.was_read(tmp_path, ME, {f"{n:032x}" for n in range(50)}, left=984)
    assert take(tmp_path, ME) == ["984 new messages (git coord inbox)"]
    news.announce(tmp_path, ME, mail(*range(1034)))
    news.was_read(tmp_path, ME, set(), left=0)
    assert take(tmp_path, ME) == []


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """Also while the session takes its news."""
    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(news.leave, tmp_path, ME, f"sentence {number}") for number in range(49)]
        told = [text for _ in range(20) for text in take(tmp_path, ME)]
        for done in writing:
            done.result()
    told += take(tmp_path, ME)
    assert sorted(told) == sorted(f"sentence {number}" for number in range(49))


@pytest.mark.parametrize("left", [b"\0" * 4096, b'{"text": 7}\n{"more": true}\n[]\n{"te', b"\xff\n"])
def test_what_a_crash_left_is_skipped(tmp_path: Path, left: bytes) -> None:
    """What cannot be read hides nothing that comes later."""
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / ME).write_bytes(left + b"\n")
    news.announce(tmp_path, ME, mail(1))
    assert take(tmp_path, ME) == ["message from bob: number 1 (git coord inbox)"]


def test_where_nothing_can_be_written_nobody_is_stopped(tmp_path: Path) -> None:
    """A file stands where the directory should be."""
    (tmp_path / "news").write_text("")
    news.leave(tmp_path, ME, "lost")
    assert take(tmp_path, ME) == []
