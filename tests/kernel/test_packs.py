"""Both readers of packs answer alike: what is there, what is missing, what came since, what is damaged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import packs as kernel_packs
from gitcoord.kernel.git import Git
from gitcoord.kernel.packs import Header, Packs
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Repo

TEXT = b"text that is long enough to stand in a pack\n" * 50


@pytest.fixture(params=["git", "libgit2"])
def opened(request: pytest.FixtureRequest, bare_repo: Repo) -> Iterator[Callable[[], Packs]]:
    """Opens the packs of a repository; everything is read by the one reader or by the other."""
    git_dir = bare_repo.top / ".git"
    made: list[Packs] = []

    def build() -> Packs:
        git = Git(bare_repo.env, git_dir=str(git_dir)) if request.param == "git" else None
        made.append(Packs(str(git_dir / "objects"), git))
        return made[-1]

    yield build
    for each in made:
        each.close()


def packed(repo: Repo, content: bytes = TEXT) -> StoreOid:
    """Put a blob into a pack, and nowhere else; returns its id."""
    oid = StoreOid(repo.run("git", "hash-object", "-w", "--stdin", stdin=content.decode()).out.strip())
    repo.run("git", "pack-objects", "-q", str(pack_dir(repo) / "pack"), stdin=f"{oid}\n")
    repo.git("prune-packed")
    assert not (repo.top / ".git" / "objects" / oid[:2] / oid[2:]).exists()
    return oid


def pack_dir(repo: Repo) -> Path:
    """The directory of packs."""
    return repo.top / ".git" / "objects" / "pack"


def test_an_object_is_read(bare_repo: Repo, opened: Callable[[], Packs]) -> None:
    """Kind, size and content are told, of all kinds and of the empty object, in any order."""
    packs = opened()
    empty, full = packed(bare_repo, b""), packed(bare_repo)
    bare_repo.git("pack-objects", "-q", "--all", str(pack_dir(bare_repo) / "pack"))
    bare_repo.git("prune-packed")
    commit = bare_repo.git("rev-parse", "HEAD")
    for _ in range(2):
        assert packs.header(full) == Header("blob", len(TEXT))
        assert packs.content(empty) == b""
        assert packs.content(full) == TEXT
        assert packs.header(StoreOid(commit)).kind == "commit"
        assert packs.content(StoreOid(commit)).startswith(b"tree ")
        assert packs.has(full)


def test_content_that_is_large_and_binary(bare_repo: Repo, opened: Callable[[], Packs]) -> None:
    """What does not fit into one pipe arrives whole, whatever line ends it has."""
    file = bare_repo.top / "large"
    content = bytes(range(256)) * 4000 + b"\n\n0123456789012345678901234567890123456789 blob 3\n"
    file.write_bytes(content)
    oid = bare_repo.git("hash-object", "-w", "large")
    bare_repo.run("git", "pack-objects", "-q", str(pack_dir(bare_repo) / "pack"), stdin=f"{oid}\n")
    bare_repo.git("prune-packed")
    packs = opened()
    assert packs.content(StoreOid(oid)) == content
    assert packs.header(StoreOid(oid)) == Header("blob", len(content))


def test_what_is_missing_is_missing(bare_repo: Repo, opened: Callable[[], Packs]) -> None:
    """An object that is nowhere is a `LookupError`; the next question is answered."""
    packs = opened()
    oid = packed(bare_repo)
    for missing in ("f" * 40, "0" * 40):
        assert not packs.has(StoreOid(missing))
        with pytest.raises(LookupError):
            packs.header(StoreOid(missing))
        with pytest.raises(LookupError):
            packs.content(StoreOid(missing))
    assert packs.content(oid) == TEXT


@pytest.mark.parametrize("many", [1, kernel_packs.TOGETHER, 2 * kernel_packs.TOGETHER + 1])
def test_many_are_asked_for_together(bare_repo: Repo, opened: Callable[[], Packs], many: int) -> None:
    """All there, one of them missing wherever it stands, none asked for; the next question is answered."""
    reader, oid = opened(), packed(bare_repo)
    assert reader.has_all([])
    assert reader.has_all([oid] * many)
    for at in {0, many // 2, many - 1}:
        assert not reader.has_all([*[oid] * at, StoreOid("f" * 40), *[oid] * (many - at - 1)])
    assert reader.content(oid) == TEXT
    assert reader.has_all([oid])


def test_a_pack_that_came_since(bare_repo: Repo, opened: Callable[[], Packs]) -> None:
    """What was repacked by somebody else is found again by whoever begins anew."""
    packs = opened()
    first = packed(bare_repo)
    assert packs.has(first)
    second = packed(bare_repo, TEXT + b"more")
    bare_repo.git("update-ref", "refs/keep/first", first)
    bare_repo.git("update-ref", "refs/keep/second", second)
    bare_repo.git("repack", "-adq")
    packs.close()
    assert packs.content(second) == TEXT + b"more"
    assert packs.content(first) == TEXT


def test_a_damaged_pack(bare_repo: Repo, opened: Callable[[], Packs]) -> None:
    """An object of which a pack holds garbage is a `LookupError`, and others are read."""
    damaged = packed(bare_repo)
    pack = next(pack_dir(bare_repo).glob("*.pack"))
    sound = packed(bare_repo, TEXT + b"more")
    pack.chmod(0o644)
    data = pack.read_bytes()
    pack.write_bytes(data[:14] + b"\xff" * (len(data) - 34) + data[-20:])
    packs = opened()
    with pytest.raises(LookupError):
        packs.content(damaged)
    assert packs.content(sound) == TEXT + b"more"


def test_a_git_that_was_killed(bare_repo: Repo) -> None:
    """Where the git that answers dies, one question is not answered, and the next one is."""
    packs = Packs(str(bare_repo.top / ".git" / "objects"), Git(bare_repo.env, git_dir=str(bare_repo.top / ".git")))
    oid = packed(bare_repo)
    assert packs.has(oid)
    reader = packs._reader
    assert isinstance(reader, kernel_packs._CatFile)
    assert reader._process is not None
    os.kill(reader._process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, reader._process.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(LookupError):
        packs.content(oid)
    assert packs.content(oid) == TEXT
    packs.close()


def test_who_expects_to_read_much_loads_libgit2_at_once(bare_repo: Repo) -> None:
    """So that the time for it is spent where the caller chooses, and what is read is the same."""
    packs = Packs(str(bare_repo.top / ".git" / "objects"), Git(bare_repo.env, git_dir=str(bare_repo.top / ".git")))
    oid = packed(bare_repo)
    before = packs.content(oid)
    assert isinstance(packs._reader, kernel_packs._CatFile)
    packs.expect_many()
    assert not isinstance(packs._reader, kernel_packs._CatFile | None)
    assert packs.content(oid) == before
    packs.close()


def test_who_reads_much_loads_libgit2(bare_repo: Repo) -> None:
    """A few objects are read by git alone, and from many on libgit2 reads them, with the same answers."""
    code = (
        "import os, sys\n"
        "from gitcoord.kernel.git import Git\n"
        "from gitcoord.kernel.packs import MANY, Packs\n"
        "git_dir, oid = sys.argv[1:]\n"
        "packs = Packs(f'{git_dir}/objects', Git(dict(os.environ), git_dir=git_dir))\n"
        "said = [packs.content(oid) for _ in range(MANY - 1)]\n"
        "assert 'pygit2' not in sys.modules\n"
        "said += [packs.content(oid) for _ in range(3)]\n"
        "assert 'pygit2' in sys.modules\n"
        "print(len(set(said)), len(said[0]))\n"
    )
    argv = [sys.executable, "-c", code, str(bare_repo.top / ".git"), packed(bare_repo)]
    done = subprocess.run(argv, capture_output=True, text=True, env=bare_repo.env, check=False)
    assert done.stdout.split() == ["1", str(len(TEXT))], done.stderr
