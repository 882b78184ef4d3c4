"""`git coord conflicts`: who would conflict with whom, and who is told of it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.history import feed
from gitcoord.domain.radar import commands
from gitcoord.domain.radar import round as radar
from gitcoord.domain.session import record as session
from gitcoord.errors import Conflicting
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo


class Pair:
    """Two sessions, each in a worktree on a branch of its own."""

    def __init__(self, repo: Repo) -> None:
        repo.git("config", "core.hooksPath", "/dev/null")
        repo.git("config", "coord.radar", "false")  # or whatever command comes first tells
        self.ana = repo.worktree("ana")
        self.ben = repo.worktree("ben")
        self.of_ana = self.ana.start("ana")
        self.of_ben = self.ben.start("ben")
        self.coord = repo.top / ".git" / "coord"

    def look(self, *args: str) -> dict[str, Any]:
        """What the radar says to ana."""
        return self.ana.coord("conflicts", "--json", *args, session=self.of_ana).json

    def told(self, who: str) -> list[str]:
        """The subjects of what a session was told of conflicts."""
        repo, name = (self.ana, self.of_ana) if who == "ana" else (self.ben, self.of_ben)
        mail = repo.coord("inbox", "--peek", "--json", session=name).json["messages"]
        return [str(item["subject"]) for item in mail if item["type"] == "conflict"]


@pytest.fixture
def pair(repo: Repo) -> Pair:
    """Two sessions."""
    return Pair(repo)


def save(repo: Repo, path: str, content: str) -> None:
    """Commit a file."""
    repo.write(path, content)
    repo.git("add", "--", path)
    repo.git("commit", "-q", "-n", "-m", path)


def look_soon(pair: Pair) -> None:
    """Let the last round be long ago."""
    (pair.coord / "looked").unlink(missing_ok=True)


def test_both_sides_are_told_once_until_it_is_resolved(pair: Pair) -> None:
    """Each file of a pair is told once to each side; after it was resolved, a new conflict is told again."""
    save(pair.ana, "src/a.py", "ana\n")
    save(pair.ben, "src/a.py", "ben\n")
    found = pair.look()
    assert [one["files"] for one in found["conflicts"]] == [["src/a.py"]]
    assert found["told"] == 2
    assert pair.told("ana") == ["your ana conflicts with ben (ben) in src/a.py"]
    assert pair.told("ben") == ["your ben conflicts with ana (ana) in src/a.py"]
    save(pair.ben, "docs/other.md", "ben\n")
    assert pair.look()["told"] == 0
    save(pair.ana, "src/b.py", "ana\n")
    save(pair.ben, "src/b.py", "ben\n")
    assert pair.look()["told"] == 2
    assert pair.told("ben")[-1].endswith("in src/b.py")
    for path in ("src/a.py", "src/b.py"):
        save(pair.ben, path, "ana\n")
    assert pair.look()["conflicts"] == []
    save(pair.ben, "src/a.py", "ben again\n")
    assert pair.look()["told"] == 2


def test_what_is_not_committed_counts(pair: Pair) -> None:
    """Work in a worktree of this clone takes part: changed files, new ones and deleted ones; nothing of it moves."""
    save(pair.ben, "src/a.py", "ben\n")
    save(pair.ben, "new.py", "ben\n")
    save(pair.ben, "docs/guide.md", "ben\n")
    pair.ana.write("src/a.py", "ana\n")
    pair.ana.write("new.py", "ana\n")
    (pair.ana.top / "docs" / "guide.md").unlink()
    before = pair.ana.git("status", "--porcelain")
    (one,) = pair.look()["conflicts"]
    assert sorted(one["files"]) == ["docs/guide.md", "new.py", "src/a.py"]
    assert {side["uncommitted"] for side in (one["first"], one["second"])} == {0, 3}
    assert pair.ana.git("status", "--porcelain") == before
    assert "uncommitted work" in pair.told("ana")[0]


def test_what_is_not_committed_is_told_again_after_it_was_resolved(pair: Pair) -> None:
    """No commit has moved meanwhile, and it is a new conflict: both are told once more."""
    before = (pair.ana.top / "src/a.py").read_text()
    save(pair.ben, "src/a.py", "ben\n")
    for number in (1, 2):
        pair.ana.write("src/a.py", "ana\n")
        assert [pair.look()["told"] for _ in range(2)] == [2, 0]
        assert [len(pair.told(who)) for who in ("ana", "ben")] == [number, number]
        pair.ana.write("src/a.py", before)
        assert pair.look()["conflicts"] == []


def test_watch_shows_what_comes_again(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each conflict is shown once while it stands, and once more where it comes again after it was resolved."""
    before = (pair.ana.top / "src/a.py").read_text()
    save(pair.ben, "src/a.py", "ben\n")
    pair.ana.write("src/a.py", "ana\n")
    coming = ["ana\n", before, "ana\n", "ana\n"]

    def next_round(*_: object) -> None:
        if not coming:
            raise Conflicting("enough")
        pair.ana.write("src/a.py", coming.pop(0))

    monkeypatch.setattr(commands, "HUB_EVERY", 0)
    monkeypatch.setattr(commands, "renew_if_due", next_round)
    said = pair.ana.here("conflicts", "--watch", session=pair.of_ana).err
    assert "enough" in said
    assert said.count("in src/a.py") == 2


def test_the_board_and_the_exit_status_say_it(pair: Pair) -> None:
    """What was found stands on the board of both until it is resolved; --exit-code answers with a status."""
    save(pair.ana, "src/a.py", "ana\n")
    save(pair.ben, "src/a.py", "ben\n")
    assert pair.ana.coord("conflicts", "--exit-code", session=pair.of_ana).status == 1
    for repo, name in ((pair.ana, pair.of_ana), (pair.ben, pair.of_ben)):
        board = repo.coord("status", "--json", session=name).json
        (item,) = [one for one in board["attention"] if one["what"] == "conflict"]
        assert item["mine"]
        assert item["scopes"] == ["src/a.py"]
    pair.ben.git("reset", "-q", "--hard", "main")
    assert pair.ana.coord("conflicts", "--exit-code", session=pair.of_ana).status == 0
    board = pair.ana.coord("status", "--json", session=pair.of_ana).json
    assert not [one for one in board["attention"] if one["what"] == "conflict"]


def test_the_round_finds_it_unasked(pair: Pair) -> None:
    """Whatever command comes along looks at what is committed once a minute, unless that is turned off.

    A process of its own makes the merges: the command that starts it tells nothing yet.
    """
    save(pair.ana, "src/a.py", "ana\n")
    save(pair.ben, "src/a.py", "ben\n")
    look_soon(pair)
    pair.ana.coord("beat", "working", session=pair.of_ana, check=True)
    assert not pair.told("ben")
    pair.ana.git("config", "--unset", "coord.radar")
    look_soon(pair)
    pair.ana.coord("beat", "working", session=pair.of_ana, check=True)
    deadline = time.monotonic() + 60
    while not (told := pair.told("ben")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(told) == 1
    # A round does not see what is not committed, and does not take it for resolved.
    pair.ben.git("reset", "-q", "--soft", "main")
    assert pair.look()["told"] == 0
    look_soon(pair)
    pair.ana.coord("beat", "working", session=pair.of_ana, check=True)
    assert len(json.loads((pair.coord / "collisions").read_text())) == 1


def test_a_command_waits_for_no_merge(pair: Pair) -> None:
    """A round that would have to merge leaves it to somebody else; what is known by then it tells itself."""
    save(pair.ana, "src/a.py", "ana\n")
    save(pair.ben, "src/a.py", "ben\n")
    pair.ana.git("config", "--unset", "coord.radar")
    workspace = pair.ana.workspace()
    state, left = workspace.ledger.state(), []
    me = session.read(state, SessionId(pair.of_ana))
    assert me is not None

    def look() -> int:
        with feed.told(workspace) as known:
            radar.look(workspace, state, me, known, lambda: left.append("merges"))
        return len(left)

    assert look() == 1
    assert not (pair.coord / "collisions").exists()
    radar.look_anew(workspace)
    assert len(pair.told("ben")) == 1
    (pair.coord / "collisions").unlink()
    assert look() == 1
    assert (pair.coord / "collisions").exists()
    workspace.ledger.store.close()


def test_default_branch_and_branches_of_nobody(repo: Repo, pair: Pair) -> None:
    """Work that conflicts with the default branch is named; what nobody works on with --all."""
    save(pair.ana, "src/a.py", "ana\n")
    repo.git("branch", "old")
    save(repo, "src/a.py", "main\n")
    (one,) = pair.look()["conflicts"]
    assert (one["second"]["branch"], one["second"]["where"]) == ("main", "default")
    repo.git("checkout", "-q", "-b", "nobody", "main~1")
    save(repo, "src/a.py", "nobody\n")
    assert len(pair.look()["conflicts"]) == 1
    pairs = pair.look("--all")["conflicts"]
    found = {frozenset((one["first"]["branch"], one["second"]["branch"])) for one in pairs}
    assert found == {frozenset(names) for names in (("ana", "main"), ("ana", "nobody"), ("nobody", "main"))}


def test_with_one_other(pair: Pair, repo: Repo) -> None:
    """`--with` shows one pair, and refuses a session that there is not."""
    eve = repo.worktree("eve")
    eve.start("eve")
    for work in (pair.ana, pair.ben, eve):
        save(work, "src/a.py", f"{work.top.name}\n")
    (one,) = pair.look("--with", "eve")["conflicts"]
    assert {one["first"]["branch"], one["second"]["branch"]} == {"ana", "eve"}
    assert pair.look("--with", "nobody")["reason"] == "not_found"


def test_sessions_of_one_worktree_are_one_work(pair: Pair) -> None:
    """Two sessions in one worktree do not conflict with each other, and both are told of a third."""
    second = pair.ana.start("ada")
    save(pair.ana, "src/a.py", "ana\n")
    save(pair.ben, "src/a.py", "ben\n")
    found = pair.look("--all")
    assert found["told"] == 3
    mail = pair.ana.coord("inbox", "--peek", "--json", session=second).json["messages"]
    assert [item["type"] for item in mail] == ["conflict"]


def test_pushed_work_of_another_clone(repo: Repo, tmp_path: Path) -> None:
    """Of a session in another clone the branch counts that it pushed; one that was not pushed is not assessed."""
    from conftest import Repo as Clone

    hub = tmp_path / "hub.git"
    repo.git("init", "-q", "--bare", str(hub))
    repo.git("remote", "add", "origin", str(hub))
    repo.git("push", "-q", "origin", "main")
    repo.coord("init", "--hub", "origin", check=True)
    repo.git("clone", "-q", "-b", "main", str(hub), str(tmp_path / "other"))
    other = Clone(tmp_path / "other", repo.env)
    other.coord("init", "--hub", "origin", check=True)
    for clone in (repo, other):
        clone.git("config", "core.hooksPath", "/dev/null")
    other.git("checkout", "-q", "-b", "theirs")
    save(other, "src/a.py", "theirs\n")
    ben = other.start("ben")
    other.coord("sync", session=ben, check=True)
    repo.git("checkout", "-q", "-b", "ours")
    save(repo, "src/a.py", "ours\n")
    ana = repo.start("ana")
    repo.coord("sync", session=ana, check=True)
    answer = repo.coord("conflicts", "--exit-code", "--json", session=ana)
    assert [one["why"] for one in answer.json["not_assessed"]] == ["not pushed"]
    assert (answer.status, answer.json["reason"]) == (3, "not_assessed")
    other.git("push", "-q", "origin", "theirs")
    repo.git("fetch", "-q", "origin")
    (one,) = repo.coord("conflicts", "--json", session=ana).json["conflicts"]
    assert {one["first"]["where"], one["second"]["where"]} == {"here", "pushed"}


def test_ignored_files_are_never_spoken_of(pair: Pair) -> None:
    """A rule of the ledger keeps files that always conflict out of messages and off the board; they are shown."""
    for work in (pair.ana, pair.ben):
        save(work, "src/a.lock", f"{work.top.name}\n")
    pair.ana.coord("rules", "radar", "ignore", "**/*.lock", session=pair.of_ana, check=True)
    found = pair.look()
    assert [(one["files"], one["ignored"]) for one in found["conflicts"]] == [([], ["src/a.lock"])]
    assert found["told"] == 0
    save(pair.ana, "src/a.py", "ana\n")
    save(pair.ben, "src/a.py", "ben\n")
    assert pair.look()["told"] == 2
    pair.ana.coord("rules", "radar", "ignore", "**/*.lock", "--unset", session=pair.of_ana, check=True)
    assert pair.look()["told"] == 2


def test_rebases_are_assessed_where_that_is_asked(pair: Pair) -> None:
    """Merged they are clean, since ben took it back; rebased one of them stops. Nobody is told of that."""
    save(pair.ana, "src/a.py", "ana\n")
    before = (pair.ben.top / "src/a.py").read_text()
    save(pair.ben, "src/a.py", "ben\n")
    save(pair.ben, "src/a.py", before)
    assert (pair.look()["method"], pair.look()["conflicts"]) == ("merge", [])
    found = pair.look("--rebase")
    assert (found["method"], found["told"], pair.told("ben")) == ("rebase", 0, [])
    assert [one["files"] for one in found["conflicts"]] == [["src/a.py"]]
    assert found["clean"] == 1, "ana's branch on the default one"
    assert pair.ana.coord("conflicts", "--rebase", "--exit-code", session=pair.of_ana).status == 1
    save(pair.ben, ".gitattributes", "*.py text\n")
    assert [one["why"] for one in pair.look("--rebase")["not_assessed"]] == ["it changes .gitattributes on the way"]
