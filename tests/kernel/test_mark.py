"""Small files: what a power cut leaves there counts as missing, and a write is whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import mark

if TYPE_CHECKING:
    from pathlib import Path

DAMAGE = [b"", b"\0" * 40, b"\xff\xfe\x01", b"{", b"[" * 100_000, b"9" * 400, b"-17", b"NaN", b"null", b"a b"]


@pytest.mark.parametrize("content", DAMAGE)
def test_damage_counts_as_missing(tmp_path: Path, content: bytes) -> None:
    """No number, no record, and no word that holds anything but printable ASCII; nothing is raised."""
    path = tmp_path / "file"
    path.write_bytes(content)
    assert mark.number(path) == 0
    assert mark.record(path) == {}
    assert all(" " < character < "\x7f" for character in mark.word(path))


def test_what_is_put_is_read(tmp_path: Path) -> None:
    """A word, a number and a record come back; a directory in the place of the file is damage, too."""
    path = tmp_path / "file"
    assert (mark.word(path), mark.number(path), mark.record(path)) == ("", 0, {})
    mark.put(path, "1764278400\n")
    assert (mark.word(path), mark.number(path)) == ("1764278400", 1764278400)
    mark.put(path, '{"first": 3}')
    assert mark.record(path) == {"first": 3}
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
    (tmp_path / "folder").mkdir()
    assert (mark.word(tmp_path / "folder"), mark.record(tmp_path / "folder")) == ("", {})


def test_what_cannot_be_put_leaves_nothing(tmp_path: Path) -> None:
    """Where the file cannot be replaced that is told, what stood there stays, and nothing lies beside it."""
    (tmp_path / "file").mkdir()
    assert mark.put(tmp_path / "file", "x") is False
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
