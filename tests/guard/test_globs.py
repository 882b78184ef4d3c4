"""A glob takes an existing file as git reads it, and a new one in any case: all who judge a change say the same."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from support.judged import NOW, Judged

from gitcoord.domain.claim import check
from gitcoord.domain.commit import sharing
from gitcoord.kernel import staging
from gitcoord.policy.scope import Scope, covers

if TYPE_CHECKING:
    from collections.abc import Iterator

EXISTING = ("A.py", "ab", "b/a.py", "b/B.py", "B/c.md", "c/A/a.md", "]/a")
NEW = ("a.py", "AB", "b/A.py", "B/a.py", "b/b.PY", "C/a.md", "new")

globs = st.lists(
    st.sampled_from(["a", "A", "b", "B/", "*", "**/", "?", "[ab]", "[!a]", "[[:upper:]]", ".py", ".md", "**"]),
    min_size=2,
    max_size=5,
).map("".join)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """A repository with files whose names differ in case."""
    made = Judged(tmp_path_factory.mktemp("globs"), dict.fromkeys(EXISTING, "x\n"))
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(made.repo):
        patch.setattr("gitcoord.hook.context.time.time", lambda: float(NOW))
        yield made
    made.close()


@pytest.mark.slow
@example(glob="a*.py", path="A.py")
@example(glob="A*.py", path="A.py")
@example(glob="B/*.py", path="b/a.py")
@example(glob="B/*.py", path="b/A.py")
@example(glob="[[:upper:]]*", path="ab")
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(glob=globs, path=st.sampled_from([*EXISTING, *NEW]))
def test_all_judges_agree_on_a_glob(world: Judged, glob: str, path: str) -> None:
    """Pre-commit, pre-push, `check --staged`, `check --range` and `git coord commit`."""
    bob = world.start("bob", world.here)
    alice = world.start("alice", world.here)
    try:
        assume(world.record(alice, "claim", scopes=[{"glob": glob}]))
        named = set(world.git("ls-files", "-z", "--", f":(glob){glob}").split("\0")) & set(EXISTING)
        named |= {one for one in NEW if covers(Scope("glob", glob), one)}
        world.stage(*EXISTING, *NEW)
        assert {one.scope for one in world.staged(bob).conflicts} == named
        assert in_range(world, bob) == named
        assert left_alone(world, bob) == named
        world.stage(path)
        refused = path in named
        assert (world.hook(bob), world.push(bob, world.commit())) == (refused, refused)
        assert not world.hook(alice)
    finally:
        world.record(alice, "end")
        world.record(bob, "end")


def in_range(world: Judged, me: str) -> set[str]:
    """The paths that `check --range` speaks of, in a commit of what is staged."""
    commit = world.commit()
    with world.workspace(me) as (workspace, reader):
        return {one.scope for one in check.commits(workspace, reader, f"HEAD..{commit}").conflicts}


def left_alone(world: Judged, me: str) -> set[str]:
    """The staged paths that `git coord commit` leaves to others."""
    with world.workspace(me) as (workspace, reader):
        assert reader is not None
        git = staging.git_with(workspace.place, staging.path_of(workspace.place))
        return set(sharing.left_alone(workspace, reader, git, staging.staged(git, staging.head(workspace.place)), ()))


def test_a_holder_is_refused_where_a_glob_does_not_take_the_file(world: Judged) -> None:
    """Where all has to be claimed, a file that exists is not claimed by a glob of another case; a new one is."""
    alice = world.start("alice", world.here)
    try:
        assert world.record(alice, "claim", scopes=[{"glob": "a*.py"}])
        assert world.record(alice, "rules", key="require-claim", value=True)
        world.stage("A.py", "a.py")
        assert world.staged(alice).unclaimed == ["A.py"]
        assert world.hook(alice)
        world.stage("a.py")
        assert not world.hook(alice)
    finally:
        world.record(alice, "rules", key="require-claim", value=False)
        world.record(alice, "end")
