"""The store of a place: where it is set up, in the repository or apart from it, and where it is refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import Busy, NoRepository, Unreadable
from gitcoord.kernel import store as kernel_store
from gitcoord.kernel.place import discover
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.kernel.store import Store, open_store
from gitcoord.policy.ids import RefName, StoreOid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from conftest import Repo


LEDGER = RefName("refs/coord/ledger")


@pytest.fixture
def prepared(bare_repo: Repo) -> Repo:
    """A repository with a coord directory."""
    (bare_repo.top / ".git" / "coord").mkdir()
    return bare_repo


def opened(repo: Repo, cwd: str = "") -> Store:
    """The store as seen from a directory."""
    return open_store(discover(str(repo.top / cwd), repo.env))


def recorded(store: Store) -> StoreOid:
    """Go through a whole transaction."""
    with store.write_lock():
        blob = store.objects.write("blob", b"hello\n")
        tree = store.objects.write_tree({"a": ("100644", blob)})
        person = b"A <a@b> 1 +0000"
        commit = b"tree %s\nauthor %s\ncommitter %s\n\nfirst\n" % (tree.encode(), person, person)
        oid = store.objects.write("commit", commit)
        store.objects.publish()
        store.refs.update([Update(LEDGER, oid, ABSENT)])
        store.objects.settle()
    return oid


@pytest.fixture(params=["repo", "separate", "../../apart.git"])
def anywhere(prepared: Repo, request: pytest.FixtureRequest) -> Iterator[tuple[Repo, Path]]:
    """A repository and its store, which is in it, apart in its coord directory, or at a relative path."""
    prepared.git("config", "coord.store", request.param)
    directory = Path(discover(str(prepared.top), prepared.env).store_dir)
    if request.param != "repo":
        prepared.git("init", "-q", "--bare", str(directory))
    yield prepared, directory


def test_transaction_is_there_for_all(anywhere: tuple[Repo, Path]) -> None:
    """What was recorded is read from every worktree and by git, in the store and, where that is apart, only there."""
    repo, directory = anywhere
    store = opened(repo)
    oid = recorded(store)
    store.close()
    other = repo.worktree("other")
    for place in (repo, other):
        again = opened(place)
        assert again.refs.read(LEDGER) == oid
        tree = again.objects.expect(oid, "commit").split()[1].decode()
        assert again.objects.expect(StoreOid(again.objects.tree(StoreOid(tree))["a"][1]), "blob") == b"hello\n"
        assert again.directory == repo.top / ".git" / "coord"
        again.close()
    assert repo.git(f"--git-dir={directory}", "log", "--format=%s", LEDGER) == "first"
    if directory != repo.top / ".git":
        assert repo.git("for-each-ref", "refs/coord") == ""
        assert repo.run("git", "cat-file", "-e", oid, check=False).status != 0


def test_store_of_a_repository_that_git_points_away_from(prepared: Repo, tmp_path: Path) -> None:
    """Inside of a hook, with git's variables set, the store is the same."""
    store = opened(prepared)
    oid = recorded(store)
    store.close()
    told = {"GIT_DIR": str(prepared.top / ".git"), "GIT_INDEX_FILE": "x", "GIT_NAMESPACE": "n", "GIT_PREFIX": "src/"}
    again = open_store(discover(str(tmp_path), prepared.env | told))
    assert again.refs.read(LEDGER) == oid
    assert again.objects.read(oid)[0] == "commit"
    again.close()


def test_one_writer_at_a_time(prepared: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer lock is the same from every worktree; who waits too long is told."""
    monkeypatch.setattr(kernel_store, "PATIENCE", 0.1)
    first, second = opened(prepared), opened(prepared.worktree("other"))

    def both() -> AbstractContextManager[None]:
        return second.write_lock()

    with first.write_lock(), pytest.raises(Busy), both():
        raise AssertionError("two are in")
    with both():
        pass


@pytest.mark.parametrize(("value", "fsync"), [("", True), ("true", True), ("false", False), ("0", False)])
def test_fsync_is_a_setting(prepared: Repo, value: str, fsync: bool) -> None:
    """Journal and refs are synchronised unless `coord.fsync` is false."""
    prepared.git("config", "--unset", "coord.fsync")
    if value:
        prepared.git("config", "coord.fsync", value)
    store = opened(prepared)
    assert store.objects._journal.fsync is fsync
    assert store.refs._sync == ("reference" if fsync else "none")
    recorded(store)
    store.close()


def test_closed_store_leaves_no_program(prepared: Repo) -> None:
    """After `close` no git of ours runs, and the store can be used again."""
    store = opened(prepared)
    oid = recorded(store)
    prepared.git("symbolic-ref", "refs/coord/elsewhere", LEDGER)
    assert store.refs.read(RefName("refs/coord/elsewhere")) == oid  # of a symbolic one git is asked
    programs = [program for program in (store.refs._reader, store.refs._writer) if program is not None]
    assert len(programs) == 2
    store.close()
    for program in programs:
        assert not Path(f"/proc/{program.pid}").exists()
    assert store.refs.read(LEDGER) == oid
    store.close()


# --- refusals


def test_not_set_up(bare_repo: Repo) -> None:
    """Where `git coord init` was not run the refusal says so and names the command."""
    with pytest.raises(Unreadable, match="not set up for gitcoord") as refused:
        opened(bare_repo)
    assert str(bare_repo.top) in refused.value.message
    assert "git coord init" in refused.value.hint


def test_sha256_needs_a_store_of_its_own(tmp_path: Path, env: dict[str, str]) -> None:
    """A repository with SHA-256 objects is refused, with the way on; with a separate store it works."""
    top = tmp_path / "long"

    def git(*args: str) -> None:
        subprocess.run(["git", *args], env=env, check=True)

    git("init", "-q", "--object-format=sha256", str(top))
    (top / ".git" / "coord").mkdir()
    with pytest.raises(NoRepository, match="sha256") as refused:
        open_store(discover(str(top), env))
    assert "--store separate" in refused.value.hint
    git("-C", str(top), "config", "coord.store", "separate")
    place = discover(str(top), env)
    git("init", "-q", "--bare", "--object-format=sha1", place.store_dir)
    store = open_store(place)
    assert len(recorded(store)) == 40
    store.close()


def test_store_that_is_gone(prepared: Repo) -> None:
    """A store that was deleted, or whose disk is not there, is refused by name."""
    prepared.git("config", "coord.store", "separate")
    directory = Path(discover(str(prepared.top), prepared.env).store_dir)
    prepared.git("init", "-q", "--bare", str(directory))
    opened(prepared).close()
    shutil.rmtree(directory)
    with pytest.raises((NoRepository, Unreadable), match=r"store\.git"):
        opened(prepared)
