"""init, init again, init otherwise, uninit: what is in the repository then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import Unreadable

if TYPE_CHECKING:
    from .conftest import Repository

USERS_CONFIG = """\
# kept as it is
[log]
    excludeDecoration = refs/mine/*   ; a comment
[notes]
	rewriteRef = refs/notes/mine
[remote "origin"]
	url = https://example.com/a.git
	fetch = +refs/heads/*:refs/remotes/origin/*
[remote "it's \\"odd\\" [x]"]
	url = https://example.com/b.git
[hook "mine"]
	command = true
	event = pre-commit
"""


def values(repo: Repository, key: str) -> list[str]:
    """All values of a configuration key."""
    return repo.run("config", "--get-all", key).stdout.splitlines()


@pytest.mark.parametrize("form", ["files", "git-config", "none"])
@pytest.mark.parametrize("store", ["", "coord/store.git"])
@pytest.mark.parametrize("which", ["repo", "repo255"])
def test_exact(request: pytest.FixtureRequest, which: str, form: str, store: str) -> None:
    """What init, twice, puts in, uninit takes out: configuration and hooks directory are the same to the byte."""
    repo: Repository = request.getfixturevalue(which)
    with (repo.common / "config").open("a") as file:
        file.write(USERS_CONFIG)
    repo.hook("pre-commit", "true")
    before = repo.snapshot()
    first = repo.install(form, store)
    assert repo.snapshot() != before
    assert repo.install(form, store).done == []
    report = repo.uninstall()
    assert repo.snapshot() == before
    assert (report.kept, bool(first.done)) == ([], True)
    assert not repo.coord.exists() or not list(repo.coord.iterdir())


def test_interpreter_by_another_name_is_the_same(repo: Repository) -> None:
    """`python` and `python3` of one environment write the same hooks; the like of another environment is another."""
    repo.install()
    first = repo.package.python
    beside, elsewhere = first.with_name("another-name"), repo.top.parent / "elsewhere" / first.name
    elsewhere.parent.mkdir()
    for link in (beside, elsewhere):
        link.symlink_to(first)
    repo.package.python = beside
    assert repo.install().done == []
    repo.package.python = elsewhere
    assert len(repo.install().done) == 1
    assert str(elsewhere) in (repo.coord / "hooks" / "common.sh").read_text()


def test_hooks_directory_is_made_and_removed(repo: Repository) -> None:
    """A hooks directory that was not there is not there afterwards."""
    for path in repo.hooks.iterdir():
        path.unlink()
    repo.hooks.rmdir()
    repo.install()
    repo.commit()
    assert repo.package.names[0] == "pre-commit"
    repo.uninstall()
    assert not repo.hooks.exists()


def test_auto(repo: Repository, request: pytest.FixtureRequest) -> None:
    """auto means files where git has no config hooks, and config hooks where it has."""
    assert repo.install("auto").mode == "files"
    newer: Repository = request.getfixturevalue("repo255")
    assert newer.install("auto").mode == "git-config"
    assert not (newer.hooks / "pre-commit").exists()


def test_never_both(repo255: Repository) -> None:
    """Another mode than last time takes the old form out: each hook runs once."""
    repo255.hook("pre-commit", "true")
    before = repo255.snapshot()
    for mode in ("files", "git-config", "files", "none", "git-config"):
        repo255.install(mode)
        calls = len(repo255.package.calls)
        repo255.commit()
        expected = [] if mode == "none" else ["pre-commit", "prepare-commit-msg"]
        assert repo255.package.names[calls:] == expected
    repo255.uninstall()
    assert repo255.snapshot() == before


def test_settings_old(repo: Repository) -> None:
    """Without negotiationRestrict: the skipping algorithm, unless the user chose one; labels hidden, notes kept."""
    repo.git("config", "--add", "notes.rewriteRef", "refs/notes/mine")
    repo.git("remote", "add", "origin", "/nowhere")
    repo.install()
    assert values(repo, "notes.rewriteRef") == ["refs/notes/mine", "refs/notes/coord"]
    assert values(repo, "log.excludeDecoration") == ["refs/coord/*", "refs/coord-remote/*"]
    assert values(repo, "fetch.negotiationAlgorithm") == ["skipping"]
    assert values(repo, "remote.origin.negotiationRestrict") == []
    repo.uninstall()
    repo.git("config", "--global", "fetch.negotiationAlgorithm", "consecutive")
    repo.install()
    assert values(repo, "fetch.negotiationAlgorithm") == ["consecutive"]


def test_settings_new(repo255: Repository, tmp_path: Path) -> None:
    """With negotiationRestrict: a fetch names no coordination ref, and git warns of nothing, tags or none."""
    repo, hub = repo255, tmp_path / "hub"
    repo.git("clone", "-q", "--bare", str(repo.top), str(hub))
    repo.git("remote", "add", "origin", str(hub))
    repo.git("remote", "add", "mine", "/nowhere")
    repo.git("config", "remote.mine.negotiationRestrict", "refs/heads/*")
    repo.install("auto")
    assert values(repo, "remote.mine.negotiationRestrict") == ["refs/heads/*"]
    assert values(repo, "fetch.negotiationAlgorithm") == []
    ledger = repo.git("rev-parse", "refs/coord/ledger").strip()
    other = Path(tmp_path, "other")
    repo.git("clone", "-q", str(hub), str(other))
    (other / "x").touch()
    for args in (["add", "x"], ["commit", "-q", "-m", "x"], ["push", "-q"]):
        repo.git(*args, cwd=other)
    trace = repo.run("fetch", "origin", GIT_TRACE_PACKET="1").stderr
    assert f"have {repo.head()}" in trace
    assert ledger not in trace
    assert "warning" not in trace


def test_separate_store(repo: Repository) -> None:
    """With a separate store nothing about side refs is set; going there takes what was set back."""
    repo.install()
    repo.install(store=str(repo.coord / "store.git"))
    assert values(repo, "log.excludeDecoration") == []
    assert values(repo, "fetch.negotiationAlgorithm") == []
    assert values(repo, "notes.rewriteRef") == ["refs/notes/coord"]


def test_users_changes_stay(repo: Repository) -> None:
    """What the user changed since init is left as it is, and said."""
    repo.install()
    repo.git("config", "fetch.negotiationAlgorithm", "noop")
    with (repo.hooks / "pre-push").open("a") as file:
        file.write("echo mine\n")
    theirs = repo.hook("pre-commit", "echo theirs").read_bytes()
    assert f"{repo.hooks}/pre-push was edited since: left as it is" in repo.install().kept
    report = repo.uninstall()
    assert any("pre-push was edited since" in line for line in report.kept)
    assert "echo mine" in (repo.hooks / "pre-push").read_text()
    assert (repo.hooks / "pre-commit").read_bytes() == theirs
    assert values(repo, "fetch.negotiationAlgorithm") == ["noop"]
    assert not (repo.hooks / "post-merge").exists()


def test_users_own_same_values_stay(repo: Repository) -> None:
    """A value that the user had set to the same before us is not taken out."""
    repo.git("config", "--add", "log.excludeDecoration", "refs/coord/*")
    repo.git("config", "--add", "notes.rewriteRef", "refs/notes/coord")
    repo.install()
    repo.install()
    repo.uninstall()
    assert values(repo, "log.excludeDecoration") == ["refs/coord/*"]
    assert values(repo, "notes.rewriteRef") == ["refs/notes/coord"]


@pytest.mark.parametrize("form", ["files", "git-config", "hooks-path"])
def test_record_lost(request: pytest.FixtureRequest, form: str) -> None:
    """Without its record uninit still takes the hooks out, known by their text, and init puts them in anew."""
    repo: Repository = request.getfixturevalue("repo255" if form == "git-config" else "repo")
    repo.hook("pre-commit", "true")
    hooks = repo.snapshot()
    for again in (False, True):
        if form == "hooks-path":
            repo.git("config", "core.hooksPath", "elsewhere")
        mode = form if form == "git-config" else "files"
        repo.install(mode)
        (repo.coord / "installed.json").unlink()
        if again:
            repo.install(mode)
            assert {each.reached for each in repo.prove().values()} == {True}
            (repo.coord / "installed.json").unlink()
        assert "nothing is on record here" in repo.uninstall().kept[0]
        assert {**repo.snapshot(), "config": None} == {**hooks, "config": None}
        assert "coord/hooks" not in (repo.common / "config").read_text()
        repo.commit()
    assert repo.package.calls == []


def test_record_damaged(repo: Repository) -> None:
    """A damaged record stops init and says what to do, before anything is changed."""
    repo.coord.mkdir()
    (repo.coord / "installed.json").write_text("{}")
    before = repo.snapshot()
    with pytest.raises(Unreadable) as caught:
        repo.install()
    assert "delete it" in caught.value.hint
    assert repo.snapshot() == before


def test_interpreter_changes(repo: Repository, tmp_path: Path) -> None:
    """init again after the interpreter moved makes the hooks name the new one."""
    repo.install()
    repo.package.python = repo.package.python.rename(tmp_path / "python-new")
    assert "which is gone: git coord init mends it" in repo.intact()
    repo.install()
    assert repo.intact() == ""
    repo.commit()
    assert repo.package.names[0] == "pre-commit"


def test_forbidden(repo: Repository) -> None:
    """Where the hooks directory cannot be written, init says so and uninit takes back what was done until then."""
    for path in repo.hooks.iterdir():
        path.unlink()
    repo.hooks.rmdir()
    repo.hooks.touch()
    before = repo.snapshot()
    with pytest.raises(Unreadable) as caught:
        repo.install()
    assert f"cannot write {repo.hooks}" in caught.value.message
    repo.uninstall()
    assert repo.snapshot() == before
