"""Objects are git's, survive what takes them away, and are believed only under their own id."""

from __future__ import annotations

import os
import signal
import time
import zlib
from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import TooLarge, Unreadable
from gitcoord.kernel import objects as kernel_objects
from gitcoord.kernel import packs, treeformat
from gitcoord.kernel.git import Git
from gitcoord.kernel.journal import Journal
from gitcoord.kernel.objects import EMPTY_TREE, Objects, object_id
from gitcoord.policy import limits
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Repo


@pytest.fixture
def coord(bare_repo: Repo) -> Path:
    """The coord directory."""
    directory = bare_repo.top / ".git" / "coord"
    directory.mkdir()
    return directory


@pytest.fixture
def objects(bare_repo: Repo, coord: Path) -> Objects:
    """The object database of a repository."""
    return fresh(bare_repo)


@pytest.fixture(autouse=True)
def _no_endless_reading() -> Iterator[None]:
    """Whatever reads for ever is ended: the alarm's own action ends the whole run."""

    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError("a read did not end")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def fresh(repo: Repo) -> Objects:
    """The database as another process would open it."""
    git_dir = repo.top / ".git"
    return Objects(str(git_dir), Journal(git_dir / "coord", fsync=False))


def loose(repo: Repo, oid: str) -> Path:
    """The file of a loose object, made writable if it is there."""
    path = repo.top / ".git" / "objects" / oid[:2] / oid[2:]
    if path.exists():
        path.chmod(0o644)
    return path


def kept(objects: Objects, kind: str, content: bytes) -> StoreOid:
    """Write one object through a whole transaction."""
    oid = objects.write(kind, content)
    objects.publish()
    objects.settle()
    return oid


def test_ids_are_gits(bare_repo: Repo) -> None:
    """The id of content is the one that git gives it."""
    assert object_id("tree", b"") == EMPTY_TREE
    assert object_id("blob", b"x\n") == bare_repo.git("rev-parse", "HEAD:src/a.py")


def test_git_reads_what_we_write(objects: Objects, bare_repo: Repo) -> None:
    """Blobs, trees and commits that we write are git's objects of that kind, and read back the same."""
    blob = objects.write("blob", b"hello\n")
    tree = objects.write("tree", b"100644 a\0" + bytes.fromhex(blob))
    person = b"A <a@b> 1 +0000"
    commit = objects.write("commit", b"tree %s\nauthor %s\ncommitter %s\n\nhi\n" % (tree.encode(), person, person))
    assert bare_repo.git("cat-file", "blob", blob) == "hello"
    assert bare_repo.git("ls-tree", "--name-only", commit) == "a"
    assert objects.read(blob) == ("blob", b"hello\n")
    assert objects.read(tree)[0] == "tree"
    assert objects.read(commit)[0] == "commit"
    assert bare_repo.run("git", "fsck", "--strict").status == 0


@pytest.mark.parametrize("packed", [False, True])
def test_reads_what_git_wrote(objects: Objects, bare_repo: Repo, packed: bool) -> None:
    """Objects of git are read, loose or packed, also when they are packed behind our back."""
    oid = bare_repo.git("rev-parse", "HEAD:src/a.py")
    if packed:
        assert objects.read(StoreOid(oid)) == ("blob", b"x\n")
        bare_repo.git("gc", "-q")
        assert not loose(bare_repo, oid).exists()
    assert objects.read(StoreOid(oid)) == ("blob", b"x\n")


def test_expected_kind(objects: Objects) -> None:
    """An object of another kind than expected is refused with both kinds."""
    oid = objects.write("blob", b"x")
    assert objects.expect(oid, "blob") == b"x"
    with pytest.raises(Unreadable, match="is a blob where a tree should be"):
        objects.expect(oid, "tree")


@pytest.mark.parametrize("oid", ["1" * 40, "", "12", "not an id"])
def test_object_that_is_nowhere(objects: Objects, oid: str) -> None:
    """An id that nobody knows, or that is none, is `Unreadable` and names the way to find out more."""
    with pytest.raises(Unreadable, match="missing or damaged") as refused:
        objects.read(StoreOid(oid))
    assert "doctor" in refused.value.hint


def test_tag_is_no_object_of_ours(objects: Objects, bare_repo: Repo) -> None:
    """A tag, loose or packed, is refused."""
    bare_repo.git("tag", "-a", "-m", "x", "v1")
    oid = bare_repo.git("rev-parse", "v1")
    with pytest.raises(Unreadable):
        objects.read(StoreOid(oid))
    bare_repo.git("gc", "-q")
    with pytest.raises(Unreadable):
        fresh(bare_repo).read(StoreOid(oid))


# --- damage


def damaged(path: Path, how: str) -> None:
    """Damage a loose object."""
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "last byte cut":
        path.write_bytes(data[:-1])
    elif how == "flipped":
        path.write_bytes(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
    elif how == "zeros":
        path.write_bytes(bytes(len(data)))
    elif how == "wrong size":
        path.write_bytes(zlib.compress(b"blob 9\0hello"))
    elif how == "no kind":
        path.write_bytes(zlib.compress(b"hello"))
    elif how == "directory":
        path.unlink()
        path.mkdir()


DAMAGES = ["missing", "empty", "cut", "last byte cut", "flipped", "zeros", "wrong size", "no kind"]


@pytest.mark.parametrize("how", DAMAGES)
def test_lost_object_is_restored_from_the_journal(objects: Objects, bare_repo: Repo, how: str) -> None:
    """An object that was taken away or damaged is read from the journal, at once, and is whole for git again."""
    content = os.urandom(400)
    oid = kept(objects, "blob", content)
    damaged(loose(bare_repo, oid), how)
    begun = time.monotonic()
    assert fresh(bare_repo).read(oid) == ("blob", content)
    assert time.monotonic() - begun < 2.0
    assert bare_repo.git("cat-file", "-s", oid) == "400"
    assert bare_repo.run("git", "fsck", "--no-dangling").status == 0


@pytest.mark.parametrize("how", DAMAGES)
def test_lost_object_without_a_journal_is_unreadable(objects: Objects, bare_repo: Repo, coord: Path, how: str) -> None:
    """Without a journal a damaged object is `Unreadable`: it neither hangs nor comes back as something else."""
    oid = kept(objects, "blob", os.urandom(400))
    (coord / "journal").unlink()
    damaged(loose(bare_repo, oid), how)
    with pytest.raises(Unreadable, match=oid):
        fresh(bare_repo).read(oid)


def test_tampered_record_is_not_believed(objects: Objects, bare_repo: Repo, coord: Path) -> None:
    """What the journal has under an id is used only when it has that id, in content and in kind."""
    oid = kept(objects, "blob", b"true")
    loose(bare_repo, oid).unlink()
    for kind, content in (("blob", b"false"), ("commit", b"true")):
        (coord / "journal").unlink()
        Journal(coord, fsync=False).append({oid: (kind, content)})
        with pytest.raises(Unreadable, match=oid):
            fresh(bare_repo).read(oid)
        assert not loose(bare_repo, oid).exists(), "nothing was written for it"
        assert not loose(bare_repo, object_id(kind, content)).exists()


# --- a transaction


def test_publish_makes_durable_what_settle_brings_back(objects: Objects, bare_repo: Repo, coord: Path) -> None:
    """After `publish` the journal has the whole transaction; `settle` writes again what a prune took meanwhile."""
    oids = [objects.write("blob", os.urandom(50)) for _ in range(3)]
    assert not (coord / "journal").exists()
    objects.publish()
    assert [oid for oid, _, _ in Journal(coord, fsync=False).records()] == oids
    loose(bare_repo, oids[0]).unlink()
    loose(bare_repo, oids[1]).write_bytes(b"")
    objects.settle()
    for oid in oids:
        assert bare_repo.git("cat-file", "-t", oid) == "blob"


def test_settled_transaction_is_not_published_again(objects: Objects, coord: Path) -> None:
    """The next transaction holds only what was written since; what was abandoned is in none."""
    first = kept(objects, "blob", b"first")
    objects.write("blob", b"abandoned")
    objects.abandon()
    second = kept(objects, "blob", b"second")
    assert [oid for oid, _, _ in Journal(coord, fsync=False).records()] == [first, second]


def test_prune_that_took_of_ours_took_of_others(objects: Objects, bare_repo: Repo) -> None:
    """When something of our transaction was pruned, what others wrote before and lost with it is written again."""
    theirs = kept(fresh(bare_repo), "blob", b"theirs")
    ours = objects.write("blob", b"ours")
    objects.publish()
    for oid in (theirs, ours):
        loose(bare_repo, oid).unlink()
    objects.settle()
    for oid in (theirs, ours):
        assert bare_repo.git("cat-file", "-t", oid) == "blob"


def test_wary_after_a_repack(objects: Objects, bare_repo: Repo, coord: Path) -> None:
    """Shortly after a repack one writer in each second writes again what is missing; later nobody looks."""
    who = b"a <a@example.com> 1700000000 +0000"
    commit = b"tree %s\nauthor %s\ncommitter %s\n\nlost\n" % (EMPTY_TREE.encode(), who, who)
    lost = kept(fresh(bare_repo), "commit", commit)
    bare_repo.git("gc", "-q", "--prune=now")
    packs = bare_repo.top / ".git" / "objects" / "pack"
    long_ago = time.time() - kernel_objects.WARY - 60
    assert not loose(bare_repo, lost).exists()
    os.utime(packs, (long_ago, long_ago))
    kept(objects, "blob", b"late")
    assert not loose(bare_repo, lost).exists()
    os.utime(packs)
    kept(objects, "blob", b"early")
    assert loose(bare_repo, lost).exists()
    loose(bare_repo, lost).unlink()
    kept(objects, "blob", b"in the same second")
    assert not loose(bare_repo, lost).exists()
    swept = coord / "swept"
    os.utime(swept, (swept.stat().st_mtime - 1, swept.stat().st_mtime - 1))
    kept(objects, "blob", b"in the next")
    assert loose(bare_repo, lost).exists()


def test_the_look_after_a_repack_asks_git_once(bare_repo: Repo, coord: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One question for each commit of a long journal would take as long as all the rest of a claim."""
    git_dir, who = bare_repo.top / ".git", b"a <a@example.com> 1700000000 +0000"
    writer = Objects(str(git_dir), Journal(coord, fsync=False), Git(bare_repo.env, git_dir=str(git_dir)))
    for number in range(30):
        commit = b"tree %s\nauthor %s\ncommitter %s\n\n%d\n" % (EMPTY_TREE.encode(), who, who, number)
        bare_repo.git("update-ref", f"refs/keep/{number}", kept(writer, "commit", commit))
    kept(writer, "tree", b"")
    bare_repo.git("gc", "-q")
    (coord / "swept").unlink(missing_ok=True)
    said, asked = packs._CatFile._say, []

    def say(reader: packs._CatFile, text: str) -> None:
        asked.append(text.count("info"))
        said(reader, text)

    monkeypatch.setattr(packs._CatFile, "_say", say)
    kept(writer, "blob", b"mine")
    assert asked == [30]


def test_writing_again_what_was_cut_mends_it(objects: Objects, bare_repo: Repo) -> None:
    """Content whose loose file was cut short and that is written again in a later transaction is whole for git."""
    content = os.urandom(400)
    oid = kept(objects, "blob", content)
    damaged(loose(bare_repo, oid), "cut")
    kept(fresh(bare_repo), "blob", content)
    assert bare_repo.run("git", "cat-file", "blob", oid, check=False).status == 0


def test_journal_that_cannot_be_written(objects: Objects, coord: Path) -> None:
    """Where the journal cannot be written nothing is published: `Unreadable`, and the transaction is forgotten."""
    (coord / "journal").mkdir()
    objects.write("blob", b"lost")
    with pytest.raises(Unreadable, match="nothing was recorded"):
        objects.publish()
    (coord / "journal").rmdir()
    oid = kept(objects, "blob", b"next")
    assert [found for found, _, _ in Journal(coord, fsync=False).records()] == [oid]


def test_objects_that_cannot_be_written(objects: Objects, bare_repo: Repo) -> None:
    """Where an object cannot be written, the error says so and where."""
    directory = bare_repo.top / ".git" / "objects"
    contents = (b"%d" % number for number in range(256))
    content = next(one for one in contents if not (directory / object_id("blob", one)[:2]).exists())
    (directory / object_id("blob", content)[:2]).write_text("in the way")
    with pytest.raises(Unreadable, match="nothing was recorded: cannot write to"):
        objects.write("blob", content)


def test_commits_with_a_mark(objects: Objects) -> None:
    """The commits in the journal with the mark are told, the eldest first; other commits and blobs are not."""
    person = "A <a@b> 1 +0000"
    made = [
        kept(objects, kind, f"tree {EMPTY_TREE}\nauthor {person}\ncommitter {person}\n\n{number} {mark}\n".encode())
        for number, (kind, mark) in enumerate([("commit", "M"), ("commit", "M"), ("commit", "-"), ("blob", "M")])
    ]
    assert objects.commits_with("M") == made[:2]
    assert objects.commits_with("nowhere") == []


# --- trees


def test_trees_are_gits(objects: Objects, bare_repo: Repo) -> None:
    """A tree reads as git lists it and is written under git's id, odd names and git's own order included."""
    blob, sub = objects.write("blob", b""), objects.write_tree({})
    names = ["a", "a.b", "a-b", "ü", os.fsdecode(b"\xff"), "=x", "+y"]
    entries = dict.fromkeys(names, (treeformat.FILE, blob)) | {"a0": (treeformat.TREE, sub)}
    entries["a"] = (treeformat.TREE, sub)  # sorts as a/
    oid = objects.write_tree(dict(entries))
    assert sub == EMPTY_TREE
    assert fresh(bare_repo).tree(oid) == entries
    listed = bare_repo.git("ls-tree", "-z", "--name-only", oid).rstrip("\0").split("\0")
    assert list(fresh(bare_repo).tree(oid)) == listed
    assert bare_repo.run("git", "fsck", "--strict", "--no-dangling").status == 0


def test_tree_is_read_once(objects: Objects, bare_repo: Repo) -> None:
    """A tree that was read or written stays known: it needs no file any more; another process has to read it."""
    oid = objects.write_tree({"a": (treeformat.FILE, objects.write("blob", b""))})
    reader = fresh(bare_repo)
    first = reader.tree(oid)
    loose(bare_repo, oid).unlink()
    assert reader.tree(oid) is first
    assert objects.tree(oid) == first
    with pytest.raises(Unreadable):
        fresh(bare_repo).tree(oid)


def test_tree_cache_has_a_limit(objects: Objects, bare_repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many trees are read only so many stay known, the newest among them, and all read right."""
    monkeypatch.setattr(kernel_objects, "_CACHED", 8)
    blob = objects.write("blob", b"")
    oids = {f"n{number}": objects.write_tree({f"n{number}": (treeformat.FILE, blob)}) for number in range(40)}
    assert len(objects._trees) <= 8
    assert oids["n39"] in objects._trees
    assert all(list(objects.tree(oid)) == [name] for name, oid in oids.items())


@pytest.mark.parametrize("raw", [b"100644 a", b"100644 a\0short", b"\0" * 21, b"no mode\0"])
def test_malformed_tree(objects: Objects, raw: bytes) -> None:
    """A tree that does not hold together is `Unreadable`, not a shorter tree."""
    oid = kept(objects, "tree", raw)
    with pytest.raises(Unreadable, match="malformed"):
        objects.tree(oid)


def planted(repo: Repo, header: bytes, content: bytes) -> StoreOid:
    """A loose object with any header, under an id of its own; returns that."""
    oid = StoreOid(f"{zlib.crc32(header + content):040x}")
    path = loose(repo, oid)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(header + content))
    return oid


@pytest.mark.parametrize(
    ("header", "content"),
    [
        (b"blob 3\0", b"ab"),
        (b"blob 1\0", b"ab"),
        (b"blob -1\0", b"ab"),
        (b"blob 2", b"ab"),
        (b"blob \xd9\xa2\0", b"ab"),
        (b"blob " + b"9" * 5000 + b"\0", b"ab"),
        (b"tag 2\0", b"ab"),
        (b"", b""),
        (b"blob 2\0", b"ab" * (1 << 22)),
    ],
)
def test_header_that_lies_is_damage(bare_repo: Repo, objects: Objects, header: bytes, content: bytes) -> None:
    """A loose object is what its header says, and nothing is inflated beyond that."""
    oid = planted(bare_repo, header, content)
    with pytest.raises(Unreadable):
        objects.read(oid)


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_object_above_its_limit_is_not_inflated(
    bare_repo: Repo, objects: Objects, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size stands in the header: at the limit an object is read, above it only the head of a commit is."""
    git_dir = bare_repo.top / ".git"
    monkeypatch.setitem(limits.OBJECT_BYTES, "commit", 4096)
    signed = b"e <e@example.com> 1700000000 +0000"
    head = b"tree %s\nauthor %s\ncommitter %s" % (EMPTY_TREE.encode(), signed, signed)
    objects.write("tree", b"")
    room = 4096 - len(head) - 2
    at, above = (objects.write("commit", head + b"\n\n" + b"x" * size) for size in (room, room + 1))
    if packed:
        bare_repo.git("update-ref", "refs/heads/at", at)
        bare_repo.git("update-ref", "refs/heads/above", above)
        bare_repo.git("repack", "-adq")
    reader = Objects(str(git_dir), Journal(git_dir / "coord", fsync=False), Git({}, git_dir=str(git_dir)))
    assert len(reader.expect(at, "commit")) == 4096
    with pytest.raises(TooLarge):
        reader.expect(above, "commit")
    assert reader.head_of(above) == head
