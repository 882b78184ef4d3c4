"""The hook and the commands ask one judge: what `check --staged` and `git coord commit` say, `pre-commit` does."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.judged import NOW, Judged
from support.torture import drawn

from gitcoord.kernel import process, roster
from gitcoord.policy.ids import SessionId
from gitcoord.policy.lease import LEASE, SKEW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WIDE = 300
"""Seconds of `coord.clockSkew` where it is wider than the default."""

AGES = (0, LEASE // 2, LEASE, LEASE + 1, LEASE + SKEW, LEASE + SKEW + 1, LEASE + WIDE, LEASE + WIDE + 1)
ENDS = (None, 60, 0, -1, -SKEW, -SKEW - 1, -WIDE, -WIDE - 1)


@dataclass(frozen=True)
class Situation:
    """A holder, its claim, and who is about to commit.

    `age` is how many seconds ago the holder gave its last sign of life, `until` its deadline in seconds from now.
    """

    process: str
    clone: str
    age: int
    until: int | None
    skew: str
    shared: bool
    shared_by_me: bool
    me: str
    role: str
    scope: dict[str, str]
    path: str
    require_claim: bool
    person: str


situations = st.builds(
    Situation,
    process=st.sampled_from(
        ["none", "weak", "agent", "shell", "pid", "dead agent", "dead shell", "dead pid", "sandboxed", "other boot"]
    ),
    clone=st.sampled_from(["here", "here", "another"]),
    age=st.sampled_from(AGES),
    until=st.sampled_from(ENDS),
    skew=st.sampled_from(["", "30s", f"{WIDE}s"]),
    shared=st.booleans(),
    shared_by_me=st.booleans(),
    me=st.sampled_from(["stranger", "stranger", "child", "parent", "holder", "nobody"]),
    role=st.sampled_from(["", "", "", "reviewer", "tester"]),
    scope=st.sampled_from(
        [
            {"directory": "src"},
            {"file": "SRC/a.py"},
            {"glob": "src/*.py"},
            {"glob": "SRC/*.py"},
            {"directory": "hot"},
            {"directory": "."},
        ]
    ),
    path=st.sampled_from(["src/a.py", "src/new.py", "src", "hot/log", "docs/guide.md"]),
    require_claim=st.booleans(),
    person=st.sampled_from(["refuse", "warn"]),
)


class World(Judged):
    """A repository in which one situation after the other is made and taken away again."""

    def __init__(self, top: Path) -> None:
        files = {"src/a.py": "x\n", "docs/guide.md": "x\n", "hot/log": "x\n", ".gitattributes": "hot/* coord=shared\n"}
        super().__init__(top, files)
        self.rules: dict[str, Any] = {"require-claim": False, "person": "refuse"}
        self.living = subprocess.Popen(["sleep", "1000"])
        self.dead = subprocess.Popen(["true"])
        self.dead.wait()

    def close(self) -> None:
        """End the programs that run for it."""
        self.living.kill()
        self.living.wait()
        super().close()

    def play(self, situation: Situation) -> tuple[str, list[str]]:
        """Make the situation; returns the session that commits ('' for none), and all sessions."""
        rules = {"require-claim": situation.require_claim, "person": situation.person}
        ruler = self.start("ruler", self.here)
        for key, value in rules.items():
            if self.rules[key] != value:
                assert self.record(ruler, "rules", key=key, value=value)
        self.rules = rules
        self.git("config", "coord.clockSkew", situation.skew or f"{SKEW}s")
        self.clock.ago = situation.age
        where = self.here if situation.clone == "here" else "another"
        parent = self.start("parent", where) if situation.me == "parent" else ""
        holder = self.start("holder", where, parent)
        until = {} if situation.until is None else {"until": NOW + situation.until}
        assert self.record(holder, "claim", scopes=[situation.scope], shared=situation.shared, **until)
        self.clock.ago = 0
        me = {"holder": holder, "parent": parent, "nobody": ""}.get(situation.me)
        if me is None:
            child = situation.me == "child"
            me = self.start("mia", where if child else self.here, holder if child else "", situation.role)
        if me and situation.shared_by_me:  # refused where the holder's is not shared and no relative's
            self.record(me, "claim", scopes=[{"directory": "src"}], shared=True)
        self.clock.ago = situation.age
        self.enter(holder, situation.process)
        return me, [ruler, holder, *([parent] if parent else []), *([me] if me not in (holder, parent, "") else [])]

    def enter(self, session: str, kind: str) -> None:
        """Put the holder on the roster, bound to another worktree."""
        found = process.read(self.living.pid)
        assert found is not None
        facts: dict[str, Any] = {"pid": found.pid, "start": found.start, "boot": process.boot()}
        facts["namespace"] = process.namespace()
        if kind.startswith("dead "):
            facts["pid"] = self.dead.pid
        elif kind == "sandboxed":
            facts["namespace"] = "pid:[1]"
        elif kind == "other boot":
            facts["boot"] = "another"
        name = kind.removeprefix("dead ")
        if name == "none":
            facts = {}
        known = name if name in ("none", "weak", "agent", "shell", "pid") else "agent"
        roster.write(
            str(self.coord / "roster"),
            [roster.Entry(SessionId(session), "holder", worktree="/elsewhere", kind=known, **facts)],
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One repository for all situations."""
    made = World(tmp_path_factory.mktemp("judge"))
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(made.repo):
        patch.setattr("gitcoord.hook.context.time.time", lambda: float(NOW))
        yield made
    made.close()


PLAIN = Situation(
    process="none",
    clone="here",
    age=0,
    until=None,
    skew="",
    shared=False,
    shared_by_me=False,
    me="stranger",
    role="",
    scope={"directory": "src"},
    path="src/a.py",
    require_claim=False,
    person="refuse",
)
"""Somebody else's claim, which counts: the examples that are always tried differ from it in one respect."""


def test_both_are_there(world: World) -> None:
    """The plain situation is refused, and one without a claim on the path is not: else to agree would mean nothing."""
    assert plays(world, PLAIN) == (True, True, True)
    assert plays(world, replace(PLAIN, path="docs/guide.md")) == (False, False, False)


@example(replace(PLAIN, clone="another", age=LEASE + SKEW + 1, skew=f"{WIDE}s"))
@example(replace(PLAIN, clone="another", until=-SKEW - 1, skew=f"{WIDE}s"))
@example(replace(PLAIN, clone="another", age=LEASE + 1))
@example(replace(PLAIN, clone="another", age=LEASE + SKEW + 1, process="agent"))
@example(replace(PLAIN, age=LEASE + 1, process="pid"))
@example(replace(PLAIN, age=LEASE + 1, process="agent"))
@example(replace(PLAIN, age=LEASE + 1, process="shell"))
@example(replace(PLAIN, process="dead shell"))
@example(replace(PLAIN, age=LEASE + 1, process="sandboxed"))
@example(replace(PLAIN, me="child"))
@example(replace(PLAIN, me="parent"))
@example(replace(PLAIN, me="holder", age=LEASE + 1))
@example(replace(PLAIN, me="nobody", person="warn"))
@example(replace(PLAIN, clone="another", me="child", person="warn"))
@example(replace(PLAIN, shared=True, shared_by_me=True))
@example(replace(PLAIN, require_claim=True, path="docs/guide.md"))
@example(replace(PLAIN, require_claim=True, path="src/new.py", me="child"))
@example(replace(PLAIN, scope={"directory": "hot"}, path="hot/log"))
@example(replace(PLAIN, role="tester", path="docs/guide.md"))
@example(replace(PLAIN, role="reviewer", require_claim=True))
@settings(max_examples=drawn(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(situation=situations)
def test_check_the_hook_and_git_coord_commit_agree(world: World, situation: Situation) -> None:
    """Whatever the holder's process, lease, deadline and clone, the skew, who commits, and the rules."""
    checked, hooked, left = plays(world, situation)
    assert checked == hooked
    assert left in (checked, None)


def plays(world: World, situation: Situation) -> tuple[bool, bool, bool | None]:
    """Whether `check --staged`, and the hook, refuse in this situation, and whether `git coord commit` leaves the path.

    None where no session of this clone commits: `git coord commit` starts one.
    """
    me, sessions = world.play(situation)
    try:
        world.stage(situation.path)
        with world.workspace(me) as (_, reader):
            known = reader is not None
        left = bool(world.left(me)) if known else None
        return world.staged(me).refused, world.hook(me), left
    finally:
        for session in reversed(sessions):
            world.record(session, "end")
