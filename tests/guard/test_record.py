"""The clone's own record of who made which commit."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gitcoord.guard import record
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = Oid("a" * 40), Oid("b" * 40)


def test_what_is_added_joins_what_is_there(tmp_path: Path) -> None:
    """Lines of one commit that come later stand behind the earlier ones, each once."""
    record.add(str(tmp_path), {FIRST: ["Coord-Session: x"], SECOND: []})
    record.add(str(tmp_path), {FIRST: ["Coord-Session: y", "Coord-Session: x"]})
    assert record.read(str(tmp_path)) == {FIRST: ["Coord-Session: x", "Coord-Session: y"], SECOND: []}


def test_what_was_seen_hides_what_was_learned(tmp_path: Path) -> None:
    """Of a commit in both files only what the hooks of this clone saw counts."""
    record.add(str(tmp_path), {FIRST: ["Coord-Session: x"]})
    record.add(str(tmp_path), {FIRST: ["Coord-Session: y"], SECOND: ["Coord-Session: z"]}, record.LEARNED)
    assert record.read(str(tmp_path)) == {FIRST: ["Coord-Session: x"], SECOND: ["Coord-Session: z"]}


@pytest.mark.parametrize("cut", [1, 2, 3, 10, 40])
def test_a_line_that_was_cut_short(tmp_path: Path, cut: int) -> None:
    """It counts for nothing, not even as a shorter name, and does not run into the next one."""
    record.add(str(tmp_path), {FIRST: ["Coord-Session: alice-1234", "Coord-Claim: abc"]})
    path = tmp_path / record.OWN
    path.write_bytes(path.read_bytes()[:-cut])
    whole = {FIRST: ["Coord-Session: alice-1234", "Coord-Claim: abc"]} if cut == 1 else {}  # only its line end is gone
    assert record.read(str(tmp_path)) == whole
    record.add(str(tmp_path), {SECOND: ["Coord-Session: bob"]})
    assert record.read(str(tmp_path)) == whole | {SECOND: ["Coord-Session: bob"]}


@pytest.mark.parametrize("damage", [b"\0" * 300, b"\xff\xfe{garbage]\x01\n" * 9, b"x\tCoord-Session: eve\t.\n"])
def test_damage_hides_no_line_beside_it(tmp_path: Path, damage: bytes) -> None:
    """Garbage and NULs count for nothing; the lines before and after them do."""
    record.add(str(tmp_path), {FIRST: ["Coord-Session: x"]})
    with (tmp_path / record.OWN).open("ab") as file:
        file.write(damage)
    record.add(str(tmp_path), {SECOND: ["Coord-Session: y"]})
    assert record.read(str(tmp_path)) == {FIRST: ["Coord-Session: x"], SECOND: ["Coord-Session: y"]}


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    """It is an empty record."""
    (tmp_path / record.OWN).mkdir()
    assert record.read(str(tmp_path)) == {}


def test_a_full_file_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The full file is kept as the old one, and the old one before it goes."""
    monkeypatch.setattr(record, "FULL", 200)
    for number in range(9):
        record.add(str(tmp_path), {Oid(f"{number:040}"): ["Coord-Session: x" * 9]})
    assert list(record.read(str(tmp_path))) == [f"{number:040}" for number in range(6, 9)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["makers", "makers.old"]


def test_nobody_loses_a_line(tmp_path: Path) -> None:
    """Processes that append at once, and one that finds the file full, keep every line of each other."""
    code = (
        "import sys\nfrom gitcoord.guard import record\nrecord.FULL = 60_000\n"
        "for n in range(150):\n    record.add(sys.argv[1], {f'{sys.argv[2]}{n:039}': ['Coord-Session: x' * 9]})\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(who)]) for who in range(4)]
    assert [process.wait() for process in started] == [0] * 4
    assert (tmp_path / "makers.old").exists()
    assert set(record.read(str(tmp_path))) == {f"{who}{number:039}" for who in range(4) for number in range(150)}
