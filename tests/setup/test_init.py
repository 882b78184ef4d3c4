"""`init` and `uninit`: what they leave behind, in every kind of repository."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repo

NEW_GIT = Path(os.environ.get("GITCOORD_NEW_GIT", "/nowhere"), "bin")
HOOKS = {"pre-commit", "prepare-commit-msg", "pre-push", "post-commit", "post-rewrite", "post-merge"}


def standing(repo: Repo) -> tuple[list[str], dict[str, bytes], set[str], set[str]]:
    """What `uninit` has to bring back: settings, hooks, refs, and what lies in the git directory."""
    directory = Path(repo.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
    hooks = {path.name: path.read_bytes() for path in (directory / "hooks").iterdir()}
    settings = repo.git("config", "--list", "--local").splitlines()
    refs = set(repo.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines())
    return settings, hooks, refs, {path.name for path in directory.iterdir()}


def guarded(repo: Repo) -> None:
    """The main job, end to end: a claim refuses the commit of another, and lets its own pass with a note."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.coord("claim", "src/a.py", session=alice, check=True)
    refused = repo.commit("src/a.py", session=bob)
    assert (refused.status, "src/a.py is claimed by alice" in refused.err) == (1, True), refused.err
    passed = repo.commit("src/a.py", session=alice)
    assert (passed.status, passed.err) == (0, "")
    assert repo.coord("doctor", "--full", session=alice).status == 0
    assert alice in repo.git("log", "-1", "--notes=coord", "--format=%N")


def test_init_says_what_it_did_and_the_second_time_does_nothing(bare_repo: Repo) -> None:
    """The first run names ledger, hooks and settings; the second changes nothing and says so."""
    first = bare_repo.coord("init")
    for said in ("began the ledger", "log.excludeDecoration", "notes.rewriteRef", "git coord claim"):
        assert said in first.out
    before, ledger = standing(bare_repo), bare_repo.git("rev-parse", "refs/coord/ledger")
    second = bare_repo.coord("init")
    assert (second.status, second.out.splitlines()[0]) == (0, "everything was set up already")
    assert bare_repo.here("init", "--json").json["done"] == []
    assert standing(bare_repo) == before
    assert bare_repo.git("rev-parse", "refs/coord/ledger") == ledger


def test_uninit_takes_out_exactly_what_init_put_in(bare_repo: Repo) -> None:
    """Settings, hooks and the user's own hook are as before; claims and history stay, and serve again after `init`."""
    bare_repo.git("config", "--add", "log.excludeDecoration", "refs/mine/*")
    bare_repo.git("config", "fetch.negotiationAlgorithm", "consecutive")
    own = bare_repo.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n")
    own.chmod(0o755)
    settings, hooks, _, _ = standing(bare_repo)
    bare_repo.coord("init", check=True)
    assert standing(bare_repo)[0] != settings
    me = bare_repo.start("alice")
    bare_repo.here("claim", "src", session=me, check=True)
    ledger = bare_repo.git("rev-parse", "refs/coord/ledger")
    out = bare_repo.coord("uninit")
    assert (out.status, "--purge" in out.out) == (0, True)
    assert standing(bare_repo)[:2] == (settings, hooks)
    assert own.stat().st_mode & 0o111
    assert bare_repo.git("rev-parse", "refs/coord/ledger") == ledger
    bare_repo.coord("init", check=True)
    assert [item["scope"] for item in bare_repo.here("claims", "--json").json["claims"]] == ["src"]


def test_purge_leaves_nothing(bare_repo: Repo) -> None:
    """After `uninit --purge` settings, hooks, refs and the git directory are what they were before `init`."""
    before = standing(bare_repo)
    bare_repo.coord("init", check=True)
    me = bare_repo.start("alice")
    bare_repo.here("claim", "src", session=me, check=True)
    bare_repo.commit("src/a.py", session=me, check=True)
    head = bare_repo.git("rev-parse", "HEAD")
    bare_repo.coord("uninit", "--purge", check=True)
    settings, hooks, refs, names = standing(bare_repo)
    assert (settings, hooks) == before[:2]
    assert refs == {f"refs/heads/main {head}"}
    assert names == before[3]
    assert bare_repo.coord("claim", "src").status == 3
    assert bare_repo.coord("uninit", "--purge").status == 0


def test_separate_store_keeps_the_users_refs_clean_and_guards_the_same(bare_repo: Repo) -> None:
    """With --store separate no ref of ours but notes is in the repository; claims, hooks, notes and purge work."""
    before = standing(bare_repo)
    bare_repo.coord("init", "--store", "separate", check=True)
    guarded(bare_repo)
    assert bare_repo.git("for-each-ref", "refs/coord") == ""
    store = bare_repo.top / ".git/coord/store.git"
    assert bare_repo.git("--git-dir", str(store), "for-each-ref", "refs/coord/ledger") != ""
    assert bare_repo.here("init", "--json").json["done"] == []
    bare_repo.coord("uninit", "--purge", check=True)
    settings, hooks, refs, names = standing(bare_repo)
    assert (settings, hooks, names) == (before[0], before[1], before[3])
    assert len(refs) == 1


def test_store_elsewhere_is_made_and_used(bare_repo: Repo) -> None:
    """--store PATH makes a bare repository there; a second store for the same repository is refused."""
    bare_repo.coord("init", "--store", "../the store.git", check=True)
    store = bare_repo.top.parent / "the store.git"
    assert bare_repo.git("--git-dir", str(store), "for-each-ref", "refs/coord/ledger") != ""
    guarded(bare_repo)
    other = bare_repo.coord("init", "--store", "separate")
    assert (other.status, "stays there" in other.err) == (2, True)


def test_sha256_is_refused_in_one_sentence_and_works_with_a_separate_store(bare_repo: Repo) -> None:
    """The refusal leaves nothing behind and its hint is the way: with it the guard works."""
    sha = type(bare_repo)(bare_repo.top.parent / "sha", bare_repo.env)
    sha.top.mkdir()
    sha.git("init", "-q", "-b", "main", "--object-format=sha256")
    sha.git("config", "coord.fsync", "false")
    sha.write("src/a.py")
    sha.git("add", ".")
    sha.git("commit", "-q", "-m", "first")
    before = standing(sha)
    refused = sha.coord("init")
    assert (refused.status, refused.out) == (3, "")
    error, hint = refused.err.splitlines()
    assert "sha256" in error
    assert standing(sha) == before
    command = hint.rpartition(": ")[2]
    assert command == "git coord init --store separate"
    assert command in sha.coord("doctor").out
    sha.run("bash", "-c", command)
    guarded(sha)
    sha.coord("uninit", "--purge", check=True)
    assert standing(sha)[:2] == before[:2]


@pytest.mark.skipif(not NEW_GIT.is_dir(), reason="no git with reftable: GITCOORD_NEW_GIT names its directory")
def test_reftable_repository_works_end_to_end(bare_repo: Repo) -> None:
    """With git's reftable backend claims, hooks from the configuration, notes, doctor and purge work."""
    env = bare_repo.env | {"PATH": f"{NEW_GIT}{os.pathsep}{bare_repo.env['PATH']}"}
    env["GIT_EXEC_PATH"] = str(NEW_GIT.parent / "libexec/git-core")
    repo = type(bare_repo)(bare_repo.top.parent / "reftable", env)
    repo.top.mkdir()
    repo.git("init", "-q", "-b", "main", "--ref-format=reftable")
    repo.git("config", "coord.fsync", "false")
    repo.write("src/a.py")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "first")
    before = standing(repo)
    repo.process("init", check=True)
    assert repo.git("config", "extensions.refStorage") == "reftable"
    guarded(repo)
    assert repo.process("claims", "--json").json["claims"][0]["branch"] == "main"
    repo.process("uninit", "--purge", check=True)
    after = standing(repo)
    assert (after[0], after[1], after[3]) == (before[0], before[1], before[3])
    assert len(after[2]) == 1


def test_copy_of_a_clone_gets_an_id_and_sessions_of_its_own(repo: Repo) -> None:
    """The first command in a copied clone gives it a new id and says so once; no session of the old one is me."""
    me = repo.start("alice")
    copy = type(repo)(repo.top.parent / "copy", repo.env)
    shutil.copytree(repo.top, copy.top)
    told = copy.coord("doctor")
    assert "this clone was copied from another one: it has an id of its own now" in told.out + told.err
    again = copy.coord("doctor")
    assert "copied" not in again.out + again.err
    ids = [json.loads((one.top / ".git/coord/clone").read_text())["id"] for one in (repo, copy)]
    assert ids[0] != ids[1]
    assert copy.coord("doctor").status == 0
    assert copy.coord("whoami").status == 1
    assert copy.here("claim", "src", "--json").json["claims"][0]["session"] != me
    assert repo.here("whoami", "--json", session=me).json["session"] == me
    assert repo.coord("doctor").status == 0


def test_init_brings_a_lost_ledger_back(repo: Repo) -> None:
    """Where the ledger's ref is gone but its commits are known, nothing is begun anew: `init` sets the ref to them."""
    me = repo.start("alice")
    repo.here("claim", "src", session=me, check=True)
    repo.git("update-ref", "-d", "refs/coord/ledger")
    assert "git coord init" in repo.here("claims").err
    assert "refs/coord/ledger is gone: brought back to " in repo.here("init", check=True).out
    assert [item["scope"] for item in repo.here("claims", "--json").json["claims"]] == ["src"]
    assert repo.here("init").status == 0


def test_hooks_none_installs_no_hook(bare_repo: Repo) -> None:
    """--hooks none leaves the hooks directory alone and says what to call instead; `doctor` calls none reached."""
    before = standing(bare_repo)[1]
    said = bare_repo.coord("init", "--hooks", "none", check=True)
    assert "git coord hook NAME" in said.out
    assert standing(bare_repo)[1] == before
    assert not HOOKS & set(before)
    assert "BAD  hook pre-commit: " in bare_repo.here("doctor").out
