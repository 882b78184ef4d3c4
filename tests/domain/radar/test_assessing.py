"""The radar's verdicts on pairs of commits, against `git merge` itself."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES

from domain.radar import histories
from gitcoord.domain.radar import kept, room
from gitcoord.domain.radar.assessing import NOT_ASSESSED, Assessor
from gitcoord.domain.radar.rebasing import Rebaser
from gitcoord.kernel.git import Git
from gitcoord.policy.ids import Oid
from gitcoord.policy.touching import Footprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Repo

    from gitcoord.domain.radar.kept import Verdict

HISTORIES = 30 * TIMES
SEED = int(os.environ.get("GITCOORD_SEED", "11"))


@contextmanager
def assessor(repo: Repo) -> Iterator[Assessor]:
    """Open an assessor in a repository."""
    workspace = repo.workspace()
    try:
        with room.opened(workspace) as directory:
            yield Assessor(workspace, directory)
    finally:
        workspace.ledger.store.close()


def assess(repo: Repo, *pairs: tuple[str, str]) -> list[Verdict]:
    """Return the verdicts on pairs of branches."""
    listed = repo.git("for-each-ref", "--format=%(refname:short) %(objectname)")
    ids = {name: Oid(oid) for name, _, oid in (line.partition(" ") for line in listed.split("\n"))}
    named = [(min(ids[a], ids[b]), max(ids[a], ids[b])) for a, b in pairs]
    with assessor(repo) as opened:
        found = opened.assess(named)
    return [found[pair] for pair in named]


def merges(repo: Repo, into: str, branch: str) -> bool:
    """Whether `git merge` goes through in a clean checkout of a branch."""
    (repo.top / ".git" / "index.lock").unlink(missing_ok=True)  # git 2.55 dies of some merges, and leaves it behind
    repo.git("read-tree", "--empty")  # or files stay as the attributes of another branch had them
    repo.git("clean", "-q", "-f", "-f", "-d", "-x")
    repo.git("checkout", "-q", "-f", "--detach", into)
    done = repo.run("git", "merge", "-q", "--no-ff", "-m", "x", branch, check=False)
    repo.git("reset", "-q", "--hard", check=False)
    return done.status == 0


@pytest.mark.slow
def test_what_the_radar_calls_clean_merges(repo: Repo) -> None:
    """No pair that is called clean conflicts, renames, modes, links, submodules, attributes and drivers among them."""
    repo.git("config", "core.hooksPath", "/dev/null")
    repo.git("config", "merge.mine.driver", "exit 1")
    repo.git("config", "gc.auto", "0")
    repo.git("config", "maintenance.auto", "false")
    pairs = histories.make(repo, Random(SEED), HISTORIES)
    verdicts = assess(repo, *pairs)
    wrong, counted = [], Counter[str]()
    for pair, verdict in zip(pairs, verdicts, strict=True):
        counted[verdict.verdict] += 1
        if verdict.verdict == NOT_ASSESSED:
            continue
        merged = merges(repo, *pair), merges(repo, *pair[::-1])
        if (verdict.verdict == "clean") != all(merged):
            wrong.append((pair, verdict, merged))
    print(f"seed {SEED}: {dict(counted)}")
    assert not wrong
    assert counted["clean"] > HISTORIES / 6
    assert counted["conflict"] > HISTORIES / 10
    assert counted[NOT_ASSESSED] < HISTORIES / 3


def branch(repo: Repo, name: str, *changes: tuple[str, str | None]) -> None:
    """Make a branch from main on which files have these contents; None takes one away."""
    repo.git("checkout", "-q", "-B", name, "main")
    for path, content in changes:
        if content is None:
            repo.git("rm", "-q", "-r", path)
        else:
            repo.write(path, content)
            repo.git("add", "--", path)
    repo.git("commit", "-q", "-n", "-m", name)


@pytest.fixture
def work(repo: Repo) -> Repo:
    """A repository in which commits are not guarded."""
    repo.git("config", "core.hooksPath", "/dev/null")
    return repo


def test_pairs_that_meet_nowhere_are_not_merged(work: Repo) -> None:
    """Git is asked for a merge only where both changed a file, and not again while nothing moved."""
    branch(work, "one", ("src/a.py", "one\n"))
    branch(work, "two", ("src/b.py", "two\n"))
    branch(work, "three", ("src/a.py", "three\n"))
    tips = [Oid(work.git("rev-parse", name)) for name in ("one", "two", "three")]
    pairs = [(min(a, b), max(a, b)) for a, b in ((tips[0], tips[1]), (tips[0], tips[2]), (tips[1], tips[2]))]
    with assessor(work) as opened:
        found = opened.assess(pairs)
        assert [found[pair].verdict for pair in pairs] == ["clean", "conflict", "clean"]
        assert opened.merges == 1
    with assessor(work) as opened:
        opened.assess(pairs)
        assert opened.merges == 0
    work.git("config", "merge.conflictStyle", "diff3")  # another way of merging: everything is looked at anew
    with assessor(work) as opened:
        opened.assess(pairs)
        assert opened.merges == 1


def test_after_one_moved_git_is_asked_of_it_alone(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Footprints, attributes and the common ancestor are kept: a look after one branch moved starts three gits."""
    for name in ("one", "two", "three"):
        branch(work, name, ("src/a.py", f"{name}\n"), (f"src/{name}.py", "new\n"))
    pairs = [("one", "two"), ("one", "three"), ("two", "three")]
    assert [verdict.verdict for verdict in assess(work, *pairs)] == ["conflict"] * 3
    branch(work, "three", ("src/b.py", "three\n"))
    moved = work.git("rev-parse", "three")
    asked: list[tuple[str, bytes]] = []
    ask = Git.ask

    def listen(git: Git, *args: str, data: bytes = b"", timeout: float | None = None) -> tuple[int, bytes, bytes]:
        asked.append((args[0], data))
        return ask(git, *args, data=data, timeout=timeout)

    monkeypatch.setattr(Git, "ask", listen)
    assert [verdict.verdict for verdict in assess(work, *pairs)] == ["conflict", "clean", "clean"]
    gits = [(name, data) for name, data in asked if name in ("merge-base", "rev-list", "diff-tree", "ls-tree")]
    assert [name for name, _ in gits] == ["rev-list", "diff-tree"]
    assert gits[1][1].decode().split() == [moved, work.git("rev-parse", "main")]


def test_an_older_branch_has_another_common_ancestor(work: Repo) -> None:
    """What was the ancestor of all is not taken for it where a branch is older, nor a commit that is gone."""
    work.git("branch", "before")
    branch(work, "main", ("src/a.py", "main\n"))
    branch(work, "one", ("src/a.py", "one\n"))
    branch(work, "two", ("src/a.py", "two\n"))
    assert assess(work, ("one", "two"))[0].verdict == "conflict"
    work.git("checkout", "-q", "-B", "old", "before")
    work.write("src/a.py", "old\n")
    work.git("add", ".")
    work.git("commit", "-q", "-n", "-m", "old")
    assert [verdict.verdict for verdict in assess(work, ("old", "main"), ("old", "two"))] == ["conflict"] * 2
    with assessor(work) as opened, kept.opened(opened.workspace.place.coord_dir, "") as known:
        old = Oid(work.git("rev-parse", "old"))
        known.put_footprints({(Oid(base * 40), old): Footprint(frozenset()) for base in ("1", "f")})
    assert assess(work, ("one", "old"))[0].verdict == "conflict"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((("src/a.py", None), ("src/b.py", None), ("lib/a.py", "x\n"), ("lib/b.py", "x\n")), (("src/new.py", "y\n"),)),
        ((("thing", "a file\n"),), (("thing/inner", "a directory\n"),)),
    ],
    ids=["renamed directory", "file and directory"],
)
def test_sides_without_a_common_path_may_conflict(
    work: Repo, first: tuple[tuple[str, str | None], ...], second: tuple[tuple[str, str | None], ...]
) -> None:
    """A new file in a directory that the other side renamed, and a file where the other has a directory."""
    branch(work, "one", *first)
    branch(work, "two", *second)
    (verdict,) = assess(work, ("one", "two"))
    assert verdict.verdict == "conflict"
    assert not merges(work, "one", "two")


def test_attributes_of_either_side_count(work: Repo) -> None:
    """A pair is clean only where it merges in a checkout of either side."""
    branch(work, "one", ("src/a.py", "one\n"), (".gitattributes", "*.py merge=union\n"))
    branch(work, "two", ("src/a.py", "two\n"))
    assert (merges(work, "one", "two"), merges(work, "two", "one")) == (True, False)
    assert assess(work, ("one", "two"))[0].verdict == "conflict"
    branch(work, "two", ("src/a.py", "two\n"), (".gitattributes", "*.py merge=union\n"))
    assert assess(work, ("one", "two"))[0].verdict == "clean"


def test_merge_driver_is_not_run(work: Repo) -> None:
    """Where a configured driver would decide, nothing is run and nothing is said; elsewhere the verdict stands."""
    ran = work.top.parent / "ran"
    work.git("config", "merge.mine.driver", f"touch {ran}; exit 0")
    (work.top / ".git" / "info" / "attributes").write_text("src/a.py merge=mine\n")
    branch(work, "one", ("src/a.py", "one\n"), ("src/b.py", "one\n"))
    branch(work, "two", ("src/a.py", "two\n"))
    branch(work, "three", ("src/b.py", "three\n"))
    found = assess(work, ("one", "two"), ("one", "three"))
    assert [one.verdict for one in found] == [NOT_ASSESSED, "conflict"]
    assert "mine" in found[0].why
    assert not ran.exists()


def test_unrelated_histories_and_lost_objects_are_not_assessed(work: Repo) -> None:
    """A pair that git cannot merge keeps no other pair from its verdict."""
    branch(work, "one", ("src/a.py", "one\n"))
    branch(work, "two", ("src/a.py", "two\n"))
    branch(work, "three", ("src/a.py", "three\n"), ("docs/guide.md", "three\n"))
    branch(work, "four", ("docs/guide.md", "four\n"))
    work.git("checkout", "-q", "--orphan", "alone")
    work.git("commit", "-q", "-n", "-m", "alone")
    blob = work.git("rev-parse", "two:src/a.py")
    (work.top / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    found = assess(work, ("one", "alone"), ("one", "two"), ("one", "three"), ("three", "four"))
    assert [one.verdict for one in found] == [NOT_ASSESSED, NOT_ASSESSED, "conflict", "conflict"]


def test_nothing_of_the_repository_is_written(work: Repo) -> None:
    """A look leaves no objects behind, and no directory."""
    branch(work, "one", ("src/a.py", "one\n"))
    branch(work, "two", ("src/a.py", "two\n"))
    before = work.git("count-objects", "-v"), sorted(work.git("for-each-ref").splitlines())
    assert assess(work, ("one", "two"))[0].paths == ("src/a.py",)
    assert (work.git("count-objects", "-v"), sorted(work.git("for-each-ref").splitlines())) == before
    assert not list(room.MEMORY.glob(f"{room.PREFIX}*")) or not list((work.top / ".git" / "coord").glob("snapshot.*"))
    assert (work.top / ".git" / "coord" / kept.FILE).exists()


def rebases(repo: Repo, onto: str, branch: str) -> bool:
    """Whether `git rebase` of a branch goes through, in a clean checkout."""
    (repo.top / ".git" / "index.lock").unlink(missing_ok=True)
    repo.git("read-tree", "--empty")
    repo.git("clean", "-q", "-f", "-f", "-d", "-x")
    repo.git("checkout", "-q", "-f", "--detach", branch)
    done = repo.run("git", "rebase", "-q", onto, check=False)
    if done.status:
        repo.git("rebase", "--abort", check=False)
    return done.status == 0


def test_what_the_radar_says_of_rebases(repo: Repo) -> None:
    """No rebase that is called clean stops, and none that is called a conflict goes through."""
    for key, value in (("core.hooksPath", "/dev/null"), ("merge.mine.driver", "exit 1"), ("gc.auto", "0")):
        repo.git("config", key, value)
    pairs = histories.make(repo, Random(SEED + 1), HISTORIES // 2)
    ids = {name: Oid(repo.git("rev-parse", name)) for pair in pairs for name in pair}
    with assessor(repo) as opened:
        found = Rebaser(opened).assess((ids[onto], ids[branch]) for onto, branch in pairs)
    wrong, counted = [], Counter[str]()
    for onto, branch in pairs:
        verdict = found[ids[onto], ids[branch]]
        counted[verdict.verdict] += 1
        if verdict.verdict != NOT_ASSESSED and (verdict.verdict == "clean") != rebases(repo, onto, branch):
            wrong.append((onto, branch, verdict))
    print(f"seed {SEED + 1}: {dict(counted)}")
    assert not wrong
    assert counted["clean"] > HISTORIES / 12
    assert counted["conflict"] > HISTORIES / 30


def test_rebase_stops_where_a_merge_does_not(work: Repo) -> None:
    """A commit that a later one takes back is picked all the same; what stops a rebase is named."""
    branch(work, "one", ("src/a.py", "one\n"))
    branch(work, "two", ("src/a.py", "two\n"))
    work.git("revert", "--no-edit", "HEAD")
    one, two = (Oid(work.git("rev-parse", name)) for name in ("one", "two"))
    assert assess(work, ("one", "two"))[0].verdict == "clean"
    with assessor(work) as opened:
        found = Rebaser(opened).assess([(one, two), (two, one)])
        asked = opened.merges
    assert (found[one, two].verdict, found[one, two].paths) == ("conflict", ("src/a.py",))
    assert found[two, one].verdict == "clean"
    with assessor(work) as opened:
        assert Rebaser(opened).assess([(one, two), (two, one)]) == found
        assert (opened.merges, asked > 0) == (0, True), "it is kept"


def test_a_history_that_is_too_long_is_not_assessed(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commits that are walked are bounded; of pairs beyond that the answer says so."""
    for name in ("left", "right"):
        branch(work, name, ("src/a.py", f"{name}\n"))
    monkeypatch.setattr("gitcoord.kernel.bases.MOST", 1)
    assert assess(work, ("left", "right"))[0].why == "their history is too long"
