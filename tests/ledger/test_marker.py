"""The marker of a writer: what it says, and that what it said before is gone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel.refname import LEDGER
from gitcoord.ledger import marker
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    from pathlib import Path


def test_says_what_was_put_last(tmp_path: Path) -> None:
    """Nothing before the first and after the end; nothing is left of a longer one, and the file does not grow."""
    assert marker.read(tmp_path) == ([], 0.0)
    many = [f"refs/coord/sessions/s-{number:08x}/log" for number in range(1000)]
    for refs in (["refs/coord/a", "refs/coord/b"], ["refs/coord/c"], many, ["refs/coord/d"]):
        before = time.time()
        marker.put(tmp_path, refs)
        found, begun = marker.read(tmp_path)
        assert found == refs
        assert before - 1 < begun < time.time() + 1
        marker.clear(tmp_path)
        assert marker.read(tmp_path)[0] == []
    assert (tmp_path / marker.NAME).stat().st_size <= marker.SMALL


def test_keeps_what_the_ledger_was_moved_to_last(tmp_path: Path) -> None:
    """It stays while other refs move, or a move fails; a damaged line says nothing."""
    assert marker.last_moved(tmp_path) is None
    for oid in (StoreOid("1" * 40), StoreOid("2" * 40)):
        marker.put(tmp_path, [LEDGER])
        marker.clear(tmp_path, oid)
        assert marker.last_moved(tmp_path) == oid
        marker.put(tmp_path, ["refs/coord/a" * 600])
        marker.clear(tmp_path)
        assert (marker.last_moved(tmp_path), marker.read(tmp_path)[0]) == (oid, [])
        assert marker.is_sound(tmp_path)
    (tmp_path / marker.NAME).write_bytes(b"last 1234\n\n")
    assert marker.last_moved(tmp_path) is None
    assert marker.read(tmp_path)[0] == [LEDGER]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\0\0\0", [LEDGER]),
        (b"\xff\xfe\n", [LEDGER]),
        (b"\0refs/coord/ledger\n", [LEDGER]),
        (b"refs/coord/x y\n", [LEDGER]),
        (b"refs/coord/../../config\n", [LEDGER]),
        (b"refs/heads/main\n", [LEDGER]),
        (b"refs/coord/a.lock\n", [LEDGER]),
        (b"refs/coord/sessions/a-1/log\n\0\0\0\0", [LEDGER, "refs/coord/sessions/a-1/log"]),
        (b"\n\n\n", []),
        (b"", []),
    ],
)
def test_damaged_marker_is_a_hint(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    """Whatever is not blank says that somebody was writing; no lock of anything but our refs is ever looked at."""
    (tmp_path / marker.NAME).write_bytes(content)
    assert marker.read(tmp_path)[0] == expected
    assert marker.is_sound(tmp_path) == (not expected)
    marker.clear(tmp_path)
    assert marker.read(tmp_path)[0] == []
    assert marker.is_sound(tmp_path)
