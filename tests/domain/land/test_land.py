"""`git coord land`: what lands, how, and what keeps it from landing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.land import landing, turn
from gitcoord.kernel.revision import is_behind

if TYPE_CHECKING:
    from domain.land.conftest import Clone
    from gitcoord.kernel.git import Git


@pytest.mark.parametrize("method", ["", "--merge", "--squash", "--rebase"])
def test_branch_lands_as_was_asked(ana: Clone, ben: Clone, method: str) -> None:
    """All of the branch is at the hub, on top of what landed meanwhile, and nothing here has moved."""
    old = ana.main()
    ana.branch("feature", ("one.py", "1\n"), ("two.py", "2\n"))
    ben.branch("theirs", ("theirs.py", "x\n"))
    ben.push()
    ana.repo.write("src/a.py", "not committed\n")
    before = ana.everything()
    done = ana.land(*([method] if method else [])).json
    assert (done["result"], done["commit"]) == ("landed", ana.main())
    assert ana.everything() == before
    assert {"one.py", "two.py", "theirs.py"} <= set(ana.there())
    merges = ana.repo.git("rev-list", "--count", "--merges", f"{old}..{done['commit']}")
    commits = ana.repo.git("rev-list", "--count", "--first-parent", f"{old}..{done['commit']}")
    assert (merges, commits) == {
        "": ("1", "2"),
        "--merge": ("1", "2"),
        "--squash": ("0", "2"),
        "--rebase": ("0", "3"),
    }[method]
    assert done["tree"] == ana.repo.git("rev-parse", f"{done['commit']}^{{tree}}")
    assert ana.land().json["result"] == "already"


@pytest.mark.slow
def test_fast_forward_and_what_is_already_there(ana: Clone) -> None:
    """A branch on top of main lands as it is; --merge makes a merge of it; a child of a squashed branch lands, too."""
    tip = ana.branch("feature", ("one.py", "1\n"))
    assert ana.land().json["commit"] == tip
    ana.branch("second", ("two.py", "2\n"))
    done = ana.land("--merge").json
    assert len(ana.repo.git("log", "-1", "--format=%P", done["commit"]).split()) == 2
    ana.branch("parent", ("three.py", "3\n"), ("three.py", "3\n3\n"))
    ana.branch("child", ("four.py", "4\n"), onto="parent")
    assert ana.land("parent", "--squash").json["result"] == "landed"
    assert ana.land("child", "--onto", "main", "--squash").json["result"] == "landed"
    assert ana.repo.git("diff", "--name-only", "origin/main~1", "origin/main") == "four.py"


@pytest.mark.slow
@pytest.mark.parametrize("method", ["--squash", "--rebase", "--merge"])
def test_child_of_a_squashed_branch_lands(ana: Clone, method: str) -> None:
    """What it changes on the lines that its parent changed lands, and what it takes back of them; nothing twice."""
    text = "".join(f"{number}\n" for number in range(20))
    ana.branch("base", ("f", text))
    ana.push()
    changed = text.replace("3\n", "three\n", 1).replace("9\n", "nine\n", 1)
    ana.branch("parent", ("f", text.replace("3\n", "drei\n", 1)), ("f", changed))
    child = changed.replace("three\n", "III\n")
    ana.branch("child", ("f", child), ("f", child.replace("nine\n", "9\n")), onto="parent")
    assert ana.land("parent", "--squash").json["result"] == "landed"
    ana.branch("other", ("f", changed.replace("16\n", "sixteen\n")), onto="origin/main")
    ana.push()
    landed = ana.land("child", "--onto", "main", method).json
    assert landed["result"] == "landed"
    there = ana.repo.git("show", f"{landed['commit']}:f")
    assert f"{there}\n" == text.replace("3\n", "III\n", 1).replace("16\n", "sixteen\n")
    assert ana.land("child").json["result"] == "already"


def test_conflict_says_how_to_leave_out_what_has_landed(ana: Clone) -> None:
    """Where main has changed the lines of a squashed parent since, the answer names the command of git for it."""
    ana.branch("base", ("f", "1\n"))
    ana.push()
    ana.branch("the'parent", ("f", "2\n"))
    ana.branch("child", ("f", "2\n3\n"), onto="the'parent")
    ana.branch("other", ("f", "4\n"), onto="base")
    ana.push()
    done = ana.land("child")
    assert (done.status, done.json["reason"]) == (1, "conflict")
    assert done.json["hint"].endswith("git rebase --onto origin/main 'the'\"'\"'parent' child")
    done = ana.land("the'parent")
    assert (done.json["reason"], "git rebase" in done.json["hint"]) == ("conflict", False)


def test_only_what_passed_its_test_lands(ana: Clone) -> None:
    """Failed and could not run are two answers, and neither pushes anything; passed is on the tree that is pushed."""
    ana.branch("feature", ("one.py", "1\n"))
    before, state = ana.main(), ana.everything()
    answers = {
        "exit 3": (1, "failed"),
        "no-such-program": (3, "not_run"),
        "exit 126": (3, "not_run"),
        "sleep 20": (3, "not_run"),
    }
    for command, answer in answers.items():
        done = ana.land("--test", command, "--test-timeout", "1s")
        assert (done.status, done.json["reason"]) == answer
        assert (ana.main(), ana.everything()) == (before, state)
        assert ana.land("--status").json["line"] == []
    done = ana.land("--test", "test -f one.py && test ! -d one && git diff --quiet HEAD")
    assert done.json["tests"][0]["verdict"] == "passed"
    assert done.json["tests"][0]["tree"] == done.json["tree"]


@pytest.mark.slow
def test_what_landed_meanwhile_is_tested_only_where_it_touches(ana: Clone, ben: Clone) -> None:
    """The test runs before the turn; in the turn it runs again only where what landed touches the same files."""
    runs = ana.hub.parent / "runs"

    def races(mine: tuple[str, str], theirs: tuple[str, str], name: str) -> dict[str, Any]:
        """Land a branch while another one lands during its test."""
        for clone, change in ((ana, mine), (ben, theirs)):
            clone.repo.git("fetch", "-q")
            clone.branch(name, change)
        runs.write_text("")
        push = f"git -C {ben.repo.top} -c core.hooksPath=/dev/null push -q origin HEAD:main"
        done = ana.land("--test", f"[ -s {runs} ] || {push}; echo run >> {runs}").json
        assert done["result"] == "landed"
        assert len(runs.read_text().split()) == len(done["tests"])
        return done

    text = "".join(f"line {number}\n" for number in range(20))
    ana.branch("base", ("shared.py", text))
    ana.push()
    assert len(races(("src/a.py", "ana\n"), ("other.py", "y\n"), "one")["tests"]) == 1
    # Both change the same file, on lines that do not meet.
    mine, theirs = (("shared.py", text.replace(f"line {number}\n", "changed\n")) for number in (2, 17))
    done = races(mine, theirs, "two")
    assert len(done["tests"]) == 2
    assert done["tests"][-1]["tree"] == done["tree"]


def test_what_conflicts_is_refused_before_it_queues(ana: Clone, ben: Clone) -> None:
    """A branch that cannot merge takes no place in line; who claims what it changes refuses it, too."""
    ana.branch("feature", ("src/a.py", "ana\n"))
    ben.branch("theirs", ("src/a.py", "ben\n"))
    ben.push()
    before = ana.everything()
    done = ana.land("--test", "exit 9")
    assert (done.status, done.json["reason"]) == (1, "conflict")
    assert "src/a.py" in done.json["message"]
    assert ana.everything() == before
    ben.repo.here("claim", "src/b.py", session=ben.session, check=True)
    ana.branch("second", ("src/b.py", "ana\n"))
    done = ana.land("--test", "exit 9")
    assert (done.status, done.json["reason"]) == (1, "held")
    assert "ben" in done.json["message"]
    assert "branch:main" not in ana.repo.git("log", "refs/coord/ledger", "--format=%B")


@pytest.mark.parametrize("hooks", [True, False], ids=["hooks", "none"])
def test_what_is_claimed_at_the_last_moment_is_refused(
    ana: Clone, ben: Clone, monkeypatch: pytest.MonkeyPatch, hooks: bool
) -> None:
    """The hub is met just before the push: what another clone claims once it is this one's turn does not land."""
    if not hooks:
        ana.repo.git("config", "core.hooksPath", "/dev/null")
    ana.branch("feature", ("one.py", "1\n"))
    before = ana.main()

    def late(git: Git, commit: str, tip: str) -> bool:
        ben.repo.here("claim", "one.py", session=ben.session, check=True)
        return is_behind(git, commit, tip)

    monkeypatch.setattr(landing, "is_behind", late)
    done = ana.land()
    assert (done.status, done.json["reason"]) == (1, "held")
    assert done.json["message"] == "ben claims one.py, which this branch changes"
    assert ana.main() == before


def test_what_is_claimed_during_its_test_does_not_land(ana: Clone, ben: Clone) -> None:
    """Also without hooks, and although the landing has met the hub since, to take its place."""
    ana.repo.git("config", "core.hooksPath", "/dev/null")
    ana.branch("feature", ("one.py", "1\n"))
    before = ana.main()
    claim = f"cd {ben.repo.top} && GIT_COORD_SESSION={ben.session} git coord claim one.py"
    done = ana.land("--test", claim)
    assert (done.status, done.json["reason"]) == (1, "held")
    assert ana.main() == before


def test_signatures_that_git_shows_land_too(ana: Clone) -> None:
    """What git is told to say of signatures is not taken for what a commit says."""
    ana.repo.sign()
    ana.branch("signed", ("one.py", "1\n"), ("two.py", "2\n"))
    ana.branch("other", ("three.py", "3\n"))
    ana.push()
    assert ana.land("signed", "--rebase").json["result"] == "landed"
    said = ana.repo.git("log", "--no-show-signature", "-2", "--format=%s %an", ana.main())
    assert said.splitlines() == ["signed: two.py A Person", "signed: one.py A Person"]


def test_hub_that_refuses_pushes(ana: Clone) -> None:
    """A branch that takes only pull requests is said so, with what the hub said; the line is left."""
    ana.branch("feature", ("one.py", "1\n"))
    hook = ana.hub / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    refuse = "refs/heads/*) echo 'pull requests only'; exit 1;;"
    hook.write_text(f"#!/bin/sh\nwhile read old new ref; do case $ref in {refuse} esac; done\n")
    hook.chmod(0o755)
    before = ana.main(), ana.everything()
    done = ana.land()
    assert (done.status, done.json["reason"]) == (1, "forbidden")
    assert "pull requests only" in done.json["message"]
    assert (ana.main(), ana.everything()) == before
    assert ana.land("--status").json["line"] == []


def test_hub_that_is_away(ana: Clone) -> None:
    """It is said what git says is wrong, and that there is no place in line where the hub went during the test."""
    ana.branch("feature", ("one.py", "1\n"))
    aside = ana.hub.with_name("aside.git")
    done = ana.land("--test", f"mv {ana.hub} {aside}")
    assert (done.status, done.json["reason"]) == (3, "offline")
    assert done.json["message"] == (
        "the hub does not answer, so there is no place in line for main at origin: nothing was pushed"
    )
    done = ana.land()
    assert (done.status, done.json["reason"]) == (3, "offline")
    assert done.json["message"].startswith(f"origin does not answer: '{ana.hub}' does not appear")


def test_claims_on_what_landed_are_released(ana: Clone) -> None:
    """What has landed is given up; what has not stays claimed."""
    ana.branch("feature", ("src/a.py", "ana\n"))
    ana.repo.here("claim", "src/a.py", "docs/", session=ana.session, check=True)
    assert ana.land().json["released"] == ["src/a.py"]
    held = ana.repo.here("claims", "--mine", "--json", session=ana.session).json["claims"]
    assert [one["scope"] for one in held] == ["docs"]


def test_line_is_served_in_order(ana: Clone, ben: Clone) -> None:
    """Who came first lands first, in every clone; urgent ones before them; a closed branch lets nobody in."""
    claim = ("claim", "branch:main", "--shared", "-m")
    ben.repo.here(*claim, "land theirs", session=ben.session, check=True)
    ana.branch("feature", ("one.py", "1\n"))
    done = ana.land("--wait", "1s")
    assert (done.status, done.json["reason"]) == (1, "pending")
    line = ana.land("--status").json["line"]
    assert [(entry["name"], entry["what"], entry["place"]) for entry in line] == [("ben", "theirs", 1)]
    board = ana.repo.here("status", "--type", "land", "--json", session=ana.session).json
    assert [(one["name"], one["text"]) for one in board["together"]] == [
        ("main", "line for main: ben is landing: theirs")
    ]
    assert ana.land("--urgent").status == 2
    assert ana.land("--urgent", "-m", "the site is down", "--wait", "20s").json["result"] == "landed"
    assert "urgent: land feature: the site is down" in ana.repo.git("log", "refs/coord/ledger", "--format=%B")
    ben.repo.here("release", "branch:main", session=ben.session, check=True)
    ben.repo.here("claim", "branch:main", "-m", "a release", session=ben.session, check=True)
    ana.branch("second", ("two.py", "2\n"))
    done = ana.land("--wait", "1s")
    assert (done.status, done.json["reason"]) == (1, "held")
    assert ana.land("--status").json["line"][0]["closed"]


def test_hub_is_asked_before_the_turn_is_given_up(ana: Clone, ben: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of its wait a landing asks the hub once more: where the one before it has gone, it lands."""
    ben.repo.here("claim", "branch:main", "--shared", "-m", "land theirs", session=ben.session, check=True)
    ana.branch("feature", ("one.py", "1\n"))
    gone: list[int] = []
    still = turn._still

    def leaves(work: landing.Landing) -> None:
        if not gone:
            released = ben.repo.here("release", "branch:main", session=ben.session, check=True)
            gone.append(released.status)
        still(work)

    for name in ("SOON", "HUB_EVERY"):
        monkeypatch.setattr(turn, name, 3600.0)  # no look at the hub is due before the wait is over
    monkeypatch.setattr(turn, "_still", leaves)
    assert ana.land("--wait", "2s").json["result"] == "landed"
    assert gone == [0]


def test_branch_that_moves_leaves_the_line(ana: Clone, ben: Clone) -> None:
    """What waits in line is what was tested: where the branch moves or goes, the place is given up."""
    ben.repo.here("claim", "branch:main", "--shared", "-m", "land theirs", session=ben.session, check=True)
    ana.branch("feature", ("one.py", "1\n"))
    ana.repo.git("checkout", "-q", "--detach")
    done = ana.land("feature", "--test", f"git -C {ana.repo.top} branch -f feature main", "--wait", "9s")
    assert (done.status, done.json["reason"]) == (1, "stale")
    assert [entry["name"] for entry in ana.land("--status").json["line"]] == ["ben"]


def test_landing_without_a_remote(ana: Clone) -> None:
    """In a repository of its own the branch here moves, with the files of the worktree that has it checked out."""
    repo = ana.repo
    repo.here("init", "--no-hub", check=True)
    repo.git("remote", "remove", "origin")
    trunk = repo.worktree("trunk")
    done = ana.land("--onto", "trunk").json
    assert done["result"] == "already"
    ana.branch("feature", ("one.py", "1\n"), onto="main")
    trunk.write("src/a.py", "not committed\n")
    done = ana.land("--onto", "trunk").json
    assert done["reason"] == "forbidden"
    assert trunk.git("rev-parse", "HEAD") == repo.git("rev-parse", "main")
    trunk.git("checkout", "-q", "--", "src/a.py")
    assert ana.land("--onto", "trunk").json["result"] == "landed"
    assert (trunk.top / "one.py").exists()
    assert ana.land("--onto", "feature").status == 2


def test_rules_say_who_lands(ana: Clone, ben: Clone) -> None:
    """An integrator alone, or who claims the branch; the push is refused with who can, and so is `check --range`."""
    ben.branch("theirs", ("two.py", "2\n"))
    ana.branch("feature", ("one.py", "1\n"))
    rules = ("rules", "land")
    assert [ana.repo.here(*rules, words, session=ana.session).status for words in ("integrator= ", "locked=")] == [2, 2]
    ana.repo.here(*rules, "integrator=ana", "main", session=ana.session, check=True)
    ben.repo.here("sync", session=ben.session, check=True)
    push = ("git", "push", "-q", "origin", "HEAD:main")
    pushed = ben.repo.run(*push, check=False, GIT_COORD_SESSION=ben.session)
    assert pushed.status == 1
    assert "only ana pushes to main" in pushed.err
    assert "git coord ask" in pushed.err
    done = ben.land("--test", "exit 9")
    assert (done.status, done.json["reason"]) == (1, "forbidden")
    checked = ben.repo.here("check", "--range", "origin/main..HEAD", session=ben.session)
    assert checked.status == 1
    assert ben.repo.run("git", "push", "-q", "origin", "HEAD:other", check=False).status == 0
    assert ana.land().json["result"] == "landed"
    ana.repo.here(*rules, "locked", "main", session=ana.session, check=True)
    ben.repo.here("sync", session=ben.session, check=True)
    ben.repo.git("pull", "-q", "--rebase", "origin", "main")
    pushed = ben.repo.run(*push, check=False, GIT_COORD_SESSION=ben.session)
    assert "branch:main" in pushed.err
    assert ben.land().json["result"] == "landed"
    ana.repo.here(*rules, "main", "--unset", session=ana.session, check=True)
    assert ana.repo.here(*rules, "--json", session=ana.session).json["rules"]["land"] == {}


def test_handed_over_only_where_this_clone_allows_it(ana: Clone) -> None:
    """The command that the ledger names runs only where this clone's configuration has the same one."""
    ana.branch("feature", ("one.py", "1\n"))
    ran = ana.hub.parent / "ran"
    command = f"echo $GIT_COORD_LAND_BRANCH onto $GIT_COORD_LAND_ONTO > {ran}"
    ana.repo.here("rules", "land", f"via=command:{command}", session=ana.session, check=True)
    old = ana.main()
    assert ana.land().json["reason"] == "forbidden"
    assert not ran.exists()
    ana.repo.git("config", "coord.landCommand", command)
    assert ana.land().json["result"] == "handed over"
    assert ran.read_text() == "feature onto main\n"
    assert ana.main() == old
