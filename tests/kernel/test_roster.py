"""The roster file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitcoord import errors
from gitcoord.kernel import process, roster
from gitcoord.policy.ids import SessionId

HEADER = b"gitcoord-roster\t1\n"
GOOD = b"s1\tname\t\tagent\t7\t99\tboot\tpid:[1]\tV=1\t1000\t/w/.git\n"


def entry(session: str = "s1", **fields: Any) -> roster.Entry:
    """An entry with an agent's process."""
    facts: dict[str, Any] = {"name": "claude:main", "worktree": "/w/.git", "kind": "agent", "start": "99", **fields}
    return roster.Entry(SessionId(session), facts.pop("name"), worktree=facts.pop("worktree"), pid=7, **facts)


@pytest.fixture
def here(tmp_path: Path) -> str:
    """Where the roster is."""
    return str(tmp_path / "roster")


def test_no_file_is_nobody(here: str) -> None:
    """Where there is no roster, nobody is here."""
    assert roster.read(here) == []


@pytest.mark.parametrize(
    "odd",
    [
        "tab\tand\nline\r end",
        "100% %41 %",
        "a\x00b\x1b[31m\x7f",
        os.fsdecode(b"/latin/\xe9\xff"),
        "ünï €𝄞 \u2028\x85",
        "",
    ],
)
def test_everything_comes_back(here: str, odd: str) -> None:
    """Whatever a field holds comes back as it was, in order, and spills into no other field or line."""
    written = [
        entry("s1", name=odd, key=odd, boot=odd, namespace=odd, parent=odd, worktree="/" + odd),
        roster.Entry(SessionId("s2"), odd, worktree="/w"),
        entry("s3", kind="weak"),
        roster.Entry(SessionId("s4"), odd, kind="person", uid=1000, worktree="/w"),
        roster.Entry(SessionId("s5"), odd, kind="sandboxed", namespace=odd, worktree="/w"),
    ]
    roster.write(here, written)
    assert roster.read(here) == written
    assert [found.uid for found in roster.read(here)] == [-1, -1, -1, 1000, -1]
    assert Path(here).read_bytes().count(b"\n") == 6


def test_half_a_character_does_no_harm(here: str) -> None:
    """Text that cannot be written at all, as JSON can bring it, is replaced."""
    roster.write(here, [entry(name="a\ud800b")])
    assert roster.read(here)[0].name == "a\ufffdb"


def test_the_last_one_takes_the_file_along(here: str) -> None:
    """With no session left there is no file, also when there was none before: a shim asks `[ -s here ]`."""
    roster.write(here, [entry()], sync=True)
    assert Path(here).stat().st_size > 0
    roster.write(here, [])
    assert not Path(here).exists()
    roster.write(here, [])
    assert list(Path(here).parent.iterdir()) == []


@pytest.mark.parametrize(
    "damaged",
    [
        b"\n",
        b"\t\t\t\t\t\t\t\t\t\t\n",
        b"s2\tname\t\tagent\t7\t99\tboot\tns\tkey\t7\n",
        b"s2\tname\t\tagent\t7\t99\tboot\tns\tkey\t7\t/w\tmore\n",
        b"s2\tname\t\tking\t7\t99\tboot\tns\tkey\t7\t/w\n",
        b"s2\tname\t\tagent\t0\t99\tboot\tns\tkey\t7\t/w\n",
        b"s2\tname\t\tagent\t-7\t99\tboot\tns\tkey\t7\t/w\n",
        "s2\tname\t\tagent\t７\t99\tboot\tns\tkey\t7\t/w\n".encode(),
        b"s2\tname\t\tagent\t" + b"7" * 5000 + b"\t99\tboot\tns\tkey\t7\t/w\n",
        b"s2\tname\t\tagent\t7\t\tboot\tns\tkey\t7\t/w\n",
        b"s2\tname\t\tagent\t7\tsoon\tboot\tns\tkey\t7\t/w\n",
        b"s2\tname\t\tagent\t7\t99\tboot\tns\tkey\t7\t\n",
        b"s2\tna%me\t\tagent\t7\t99\tboot\tns\tkey\t7\t/w\n",
        b"s2\tname%\t\tagent\t7\t99\tboot\tns\tkey\t7\t/w\n",
        b"s2\tname%+1\t\tagent\t7\t99\tboot\tns\tkey\t7\t/w\n",
        b"s2\tname\t\tagent\t7\t99\tboot\tns\tkey\tme\t/w\n",
        b"\x00\xff\xfe" * 100 + b"\n",
        b"gitcoord-roster\tnext\n",
        b"s2\tname\t\tagent\t7\t9",
    ],
)
def test_a_damaged_line_is_passed_over(here: str, damaged: bytes) -> None:
    """A line that is not one of ours, or was cut short, costs itself and nothing else."""
    for content in (HEADER + damaged + GOOD, damaged + GOOD, HEADER + GOOD + damaged):
        if content != damaged + GOOD or damaged.endswith(b"\n"):
            Path(here).write_bytes(content)
            expected = [] if b"\t9s1" in content else ["s1"]
            assert [found.session for found in roster.read(here)] == expected


def test_a_newer_roster_is_not_guessed_at(here: str) -> None:
    """A file of a newer gitcoord is unreadable, however large the number, and says what to do."""
    for version in (b"2", b"10", b"9" * 5000):
        Path(here).write_bytes(b"gitcoord-roster\t" + version + b"\n" + GOOD)
        with pytest.raises(errors.Unreadable) as caught:
            roster.read(here)
        assert "upgrade" in caught.value.hint


def test_what_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    """A directory in its place, and a directory that is missing, are errors that a user can read."""
    with pytest.raises(errors.Unreadable):
        roster.read(str(tmp_path))
    with pytest.raises(errors.Unreadable):
        roster.write(str(tmp_path), [entry()])
    assert list(tmp_path.iterdir()) == []
    assert not (tmp_path.parent / (tmp_path.name + ".new")).exists()
    with pytest.raises(errors.Unreadable):
        roster.write(str(tmp_path / "no" / "roster"), [entry()])


def test_what_a_crash_left_is_written_over(here: str) -> None:
    """A half-written file of a writer that died does not stay and is not read."""
    Path(here + ".new").write_bytes(HEADER + GOOD * 1000)
    roster.write(here, [entry("s9")])
    assert [found.session for found in roster.read(here)] == ["s9"]
    assert list(Path(here).parent.iterdir()) == [Path(here)]


def test_a_reader_sees_the_old_or_the_new(here: str) -> None:
    """While one rewrites it, a reader never meets half a roster."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from gitcoord.kernel import roster\n"
        "seen = {len(roster.read(sys.argv[2]))}\n"
        "print('ready', flush=True)\n"
        "while 2 not in seen: seen.add(len(roster.read(sys.argv[2])))\n"
        "print(*sorted(seen))\n"
    )
    small, large = [entry("s0")], [entry(f"s{number}") for number in range(300)]
    roster.write(here, small)
    root = str(Path(__file__).parents[2])
    reader = subprocess.Popen([sys.executable, "-c", code, root, here], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    try:
        assert reader.stdout.readline() == "ready\n"
        for _ in range(150):
            roster.write(here, large)
            roster.write(here, small)
        roster.write(here, small * 2)  # tells the reader that this is the end
        seen, _ = reader.communicate(timeout=60)
    finally:
        reader.kill()
        reader.wait()
    assert {"1", "2"} <= set(seen.split()) <= {"1", "2", "300"}


def test_an_entry_knows_its_process(here: str) -> None:
    """The mark of an entry that was written and read is that of the process: alive; of none, unknown."""
    me = process.read(os.getpid())
    assert me is not None
    mark = process.mark(me)
    facts: dict[str, Any] = {"start": mark.start, "boot": mark.boot, "namespace": mark.namespace}
    mine = roster.Entry(SessionId("s1"), "n", worktree="/w", kind="pid", pid=mark.pid, **facts)
    roster.write(here, [mine, roster.Entry(SessionId("s2"), "n", worktree="/w")])
    first, second = roster.read(here)
    assert process.state_of(first.mark) == "alive"
    assert process.state_of(second.mark) == "unknown"
