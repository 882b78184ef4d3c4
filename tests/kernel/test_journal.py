"""The journal gives back what was appended, whatever became of its end."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import journal as kernel_journal
from gitcoord.kernel.journal import Journal
from gitcoord.kernel.objects import object_id
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    from collections.abc import Iterator

    Kept = dict[StoreOid, tuple[str, bytes]]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """An empty journal."""
    opened = Journal(tmp_path, fsync=False)
    yield opened
    opened.close()


def blob(content: bytes) -> Kept:
    """One blob."""
    return {object_id("blob", content): ("blob", content)}


def contents(journal: Journal, tail: int | None = None) -> list[bytes]:
    """The contents kept, eldest first."""
    return [content for _, _, content in journal.records(tail)]


def test_empty_journal_has_nothing(journal: Journal) -> None:
    """Where nothing was appended nothing is found, and no file is made."""
    assert contents(journal) == []
    assert journal.find(StoreOid("0" * 40)) is None
    assert not journal.young.exists()


@pytest.mark.parametrize("fsync", [False, True])
def test_found_again_by_everybody(tmp_path: Path, fsync: bool) -> None:
    """Objects of every kind and content come back by their id, in the order they came in, for another process too."""
    nasty = f"{'a' * 40} blob 5\nhello\n".encode()
    objects = [("blob", b""), ("tree", bytes(range(256)) * 9), ("commit", nasty * 3), ("blob", os.urandom(70_000))]
    kept = {object_id(kind, content): (kind, content) for kind, content in objects}
    writer, reader = Journal(tmp_path, fsync=fsync), Journal(tmp_path, fsync=fsync)
    writer.append(dict(list(kept.items())[:2]))
    writer.append(dict(list(kept.items())[2:]))
    writer.close()
    assert [(kind, content) for _, kind, content in reader.records()] == objects
    assert all(reader.find(oid) == value for oid, value in kept.items())
    assert reader.find(StoreOid("a" * 40)) is None


def test_appending_goes_on_after_closing(journal: Journal) -> None:
    """What is appended after `close` stands behind what was there."""
    journal.append(blob(b"one"))
    journal.close()
    journal.append(blob(b"two"))
    assert contents(journal) == [b"one", b"two"]


# --- turns


def test_two_files_take_turns(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full, the younger becomes the elder and the elder is dropped; the newest objects are always found."""
    monkeypatch.setattr(kernel_journal, "FULL", 1000)
    written = [os.urandom(300) for _ in range(11)]
    for number, content in enumerate(written):
        journal.append(blob(content))
        assert journal.young.stat().st_size <= 1000
        found = contents(journal)
        assert found == written[number + 1 - len(found) : number + 1], "the last ones, without a gap"
        assert len(found) >= min(number + 1, 3)
    assert len(contents(journal)) < 7
    assert sorted(path.name for path in journal.young.parent.iterdir()) == ["journal", "journal.old"]


def test_transaction_larger_than_a_file(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction that fills more than a file is kept whole, alone in its file."""
    monkeypatch.setattr(kernel_journal, "FULL", 1000)
    large = os.urandom(5000)
    for content in (b"before", large, b"after"):
        journal.append(blob(content))
    assert contents(journal) == [large, b"after"]


def test_turn_of_another_process_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has the younger file open while another process changes turns goes on in the new one."""
    monkeypatch.setattr(kernel_journal, "FULL", 1000)
    ours, theirs = Journal(tmp_path, fsync=False), Journal(tmp_path, fsync=False)
    ours.append(blob(b"first"))
    for _ in range(4):
        theirs.append(blob(os.urandom(300)))
    ours.append(blob(b"last"))
    assert contents(theirs)[-1] == b"last"
    ours.young.unlink()
    ours.append(blob(b"anew"))
    assert contents(theirs)[-1] == b"anew", "nor does it write into a file that somebody deleted"
    ours.close()
    theirs.close()


def test_tail_is_the_newest(journal: Journal) -> None:
    """With `tail` only whole records in the last bytes are told, and never half a one."""
    written = [os.urandom(200) for _ in range(20)]
    for content in written:
        journal.append(blob(content))
    for tail in (1, 300, 1000, 1 << 20):
        found = contents(journal, tail)
        assert found == written[len(written) - len(found) :]
        assert len(found) == min(20, tail // 264)


# --- damage


def test_torn_at_every_byte(journal: Journal) -> None:
    """Cut off anywhere, the journal has the records before the cut and invents none."""
    written = [b"one" * 20, b"two" * 20]
    ends = [0]
    for content in written:
        journal.append(blob(content))
        ends.append(journal.young.stat().st_size)
    whole = journal.young.read_bytes()
    for cut in range(len(whole)):
        journal.young.write_bytes(whole[:cut])
        # A record holds together without the line end behind it.
        assert contents(journal) == written[: sum(end - 1 <= cut for end in ends[1:])], cut


@pytest.mark.parametrize("cut", [5, 30, 55])
def test_torn_record_hides_none_that_came_later(journal: Journal, cut: int) -> None:
    """What is appended after a torn record (its writer was killed in the write) is found."""
    journal.append(blob(b"one"))
    before = journal.young.stat().st_size
    journal.append(blob(b"torn"))
    os.truncate(journal.young, before + cut)
    journal.append(blob(b"two"))
    journal.append(blob(b"three"))
    assert [content for content in contents(journal) if content != b"torn"] == [b"one", b"two", b"three"]


def test_damaged_record_hides_none_that_came_later(journal: Journal) -> None:
    """A record whose content was damaged is not told; those around it are."""
    journal.append(blob(b"one"))
    at = journal.young.stat().st_size
    journal.append(blob(b"damaged" * 9))
    end = journal.young.stat().st_size
    journal.append(blob(b"two"))
    data = bytearray(journal.young.read_bytes())
    data[at + 50 : end - 1] = bytes(end - 1 - at - 50)
    journal.young.write_bytes(data)
    assert contents(journal) == [b"one", b"two"]
    assert journal.find(object_id("blob", b"damaged" * 9)) is None


@pytest.mark.parametrize(
    "rubbish", [b"\0" * 4096, b"\n" * 9, b"a" * 40 + b" blob 999999999\n", b"x" * 40 + b" tag 1\n\n"]
)
def test_rubbish_is_skipped(journal: Journal, rubbish: bytes) -> None:
    """Zeros (a power cut), empty lines and false heads between records are passed over."""
    journal.append(blob(b"one"))
    with journal.young.open("ab") as file:
        file.write(rubbish + b"\n")
    journal.append(blob(b"two"))
    assert contents(journal) == [b"one", b"two"]


def test_full_disk_leaves_no_half_record(tmp_path: Path) -> None:
    """A write that finds no room is an error, is taken back, and hides nothing that is appended afterwards."""
    room = 600
    code = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from gitcoord.kernel.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = Journal(Path({str(tmp_path)!r}), fsync=False)
journal.append({blob(b"one")!r})
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, resource.RLIM_INFINITY))
try:
    journal.append({blob(os.urandom(1000))!r})
except OSError as error:
    print(error.errno)
journal.append({blob(b"two")!r})
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert int(ran.stdout) == errno.ENOSPC
    assert contents(Journal(tmp_path, fsync=False)) == [b"one", b"two"]


def test_content_is_compressed(journal: Journal) -> None:
    """Contents stand compressed in the file, whole and readable with zlib alone."""
    content = b"again and again " * 1000
    journal.append(blob(content))
    head, _, rest = journal.young.read_bytes().lstrip(b"\n").partition(b"\n")
    assert head.split()[:2] == [object_id("blob", content).encode(), b"blob"]
    assert int(head.split()[2]) == len(rest) - 1 < 1000
    assert zlib.decompress(rest[:-1]) == content
