"""Sessions and claims in any order, against a model that knows nothing of indexes, globs or trees.

The model is what was held before, and a small universe of paths on which overlap is tried out path by path.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.torture import repeated

from gitcoord.dataclass import replace
from gitcoord.domain.claim import acquire as claiming
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim import release, renew
from gitcoord.domain.kinds import KINDS
from gitcoord.domain.session import end, retire, start
from gitcoord.domain.session import record as session
from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.errors import CoordError, Refused
from gitcoord.kernel import clone
from gitcoord.kernel.clock import RandomIds
from gitcoord.kernel.place import discover
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.refs import Update
from gitcoord.ledger import event, marker, position, sequence
from gitcoord.ledger.event import Draft
from gitcoord.policy import layout
from gitcoord.policy.ids import EventId, SessionId
from gitcoord.policy.scope import Scope, overlap

if TYPE_CHECKING:
    from gitcoord.domain.claim.record import Claim
    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.state import State

TOP = ["a", "b", "a.py", "x/a", "x/a.py", "x/b", "x/y/a.py", "x/y/b", "a/x", "a/x/y", "x/y/a.py/z"]
"""Every file that could ever be: deep enough for each scope below to be told from each other."""

PATTERNS = {
    "*.py": r"[^/]*\.py",
    "x/*": r"x/[^/]*",
    "x/**": r"x/.*",
    "**/a.py": r"(.*/)?a\.py",
    "x/*/b": r"x/[^/]*/b",
}
SCOPES = [
    *[Scope("directory", text) for text in (".", "a", "b", "x", "x/a", "X/y", "x/y", "a/x")],
    *[Scope("file", text) for text in ("a.py", "b", "X/A.py", "x/y/a.py", "x/y")],
    *[Scope("glob", text) for text in PATTERNS],
    Scope("name", "slot:one"),
    Scope("name", "slot:two"),
]


def covered(scope: Scope) -> frozenset[str]:
    """The members of the universe that a scope covers, by its plain meaning. What is below a match is not the match."""
    if scope.kind == "name":
        return frozenset({scope.text})
    if scope.kind == "glob":
        return frozenset(path for path in TOP if re.fullmatch(PATTERNS[scope.text], path))
    if scope.text == ".":
        return frozenset(TOP)
    text = scope.text.lower()
    held = frozenset(path for path in TOP if path == text)
    return held | {path for path in TOP if path.startswith(text + "/")} if scope.kind == "directory" else held


def meet(one: Claim, other: Claim) -> bool:
    """Whether two claims certainly conflict: some path is in both, and one is exclusive."""
    if one.shared and other.shared:
        return False
    return any(covered(a) & covered(b) for a in one.scopes for b in other.scopes)


class Clock:
    """A clock that moves when it is told to."""

    time = 1_800_000_000

    def now(self) -> int:
        """Seconds since 1970."""
        return self.time


class Counted:
    """Ids that are the same in every run, so that an example can be run again."""

    def __init__(self) -> None:
        self.count = 0

    def hexadecimal(self, digits: int) -> str:
        """So many hexadecimal digits that nobody was given before."""
        self.count += 1
        return f"{self.count:0{digits}x}"


def _template() -> Path:
    """A repository that is set up, made once and copied for each example."""
    home = Path(tempfile.mkdtemp(prefix="gitcoord-stateful-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    top = home / "repo"
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    for argv in (
        ["init", "-q", "-b", "main", str(top)],
        ["-C", str(top), "config", "coord.fsync", "false"],
        ["-C", str(top), "config", "user.email", "t@example.com"],
        ["-C", str(top), "-c", "user.name=t", "commit", "-q", "--allow-empty", "-m", "first"],
    ):
        subprocess.run(["git", *argv], check=True, env=env)
    from gitcoord.setup import init

    place = discover(str(top), env)
    caller = Caller(1, "", "tester", "here")
    init.init(place, Clock(), RandomIds(), caller, hooks="none", store="", python="python3")
    return home


class Sessions(RuleBasedStateMachine):
    """What sessions may do, each step checked against what was held before."""

    template: Path | None = None

    @initialize()
    def open(self) -> None:
        """A fresh copy of the repository."""
        if Sessions.template is None:
            Sessions.template = _template()
        self.home = Path(tempfile.mkdtemp(prefix="gitcoord-stateful-"))
        shutil.copytree(Sessions.template, self.home / "copy")
        self.clock = Clock()
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}
        place = discover(str(self.home / "copy" / "repo"), env)
        clone.create(place.coord_dir, RandomIds())
        # A caller without ancestors: only leases decide who is gone.
        caller = Caller(1, "", "tester", "here")
        self.workspace: Workspace = open_workspace(place, self.clock, Counted(), caller)
        self.checked = self.workspace.ledger.tip()
        self.highest = 0
        self.living: list[str] = []

    def teardown(self) -> None:
        """Fold everything anew, then throw it away."""
        if not hasattr(self, "workspace"):
            return
        objects = self.workspace.ledger.store.objects
        for oid, record in sequence.first_parents(objects, self.workspace.ledger.tip()):
            assert not record.parents or sequence.verify(objects, oid, record, KINDS) == ""
        self.workspace.ledger.store.close()
        shutil.rmtree(self.home)

    @property
    def state(self) -> State:
        """The state as a newcomer sees it."""
        return self.workspace.ledger.state()

    def held(self) -> dict[str, list[Claim]]:
        """Every session's claims, from its own records."""
        state = self.state
        return {one: claim.of(state, one) for one in session.live_ids(state)}

    def me(self, which: int) -> Session | None:
        """One of the sessions that live."""
        self.living = sorted(session.live_ids(self.state))
        return session.read(self.state, SessionId(self.living[which % len(self.living)])) if self.living else None

    def over(self, item: Claim) -> bool:
        """Whether a claim may be taken over: its deadline or its holder's lease is past."""
        holder = session.read(self.state, item.session)
        assert holder is not None
        now = self.clock.now()
        return now > holder.last + holder.lease or (item.until is not None and now > item.until)

    @rule(parent=st.none() | st.integers(0, 5), lease=st.sampled_from([60, 1800]))
    def start(self, parent: int | None, lease: int) -> None:
        """A session starts, perhaps as the child of another."""
        above = self.me(parent) if parent is not None else None
        if len(self.living) < 6:
            request = start.Request(name="s", parent=SessionId(above.id if above else ""), lease=lease)
            start.start(self.workspace, request)

    @rule(
        which=st.integers(0, 5),
        scopes=st.lists(st.sampled_from(SCOPES), min_size=1, max_size=2, unique=True),
        shared=st.booleans(),
        ttl=st.sampled_from([0, 0, 30, 500]),
        override=st.sampled_from([False, False, False, True]),
    )
    def claim(self, which: int, scopes: list[Scope], shared: bool, ttl: int, override: bool) -> None:
        """A claim is won unless somebody unrelated holds what overlaps; it takes nothing else from anybody."""
        me = self.me(which)
        if me is None:
            return
        before, tip = self.held(), self.workspace.ledger.tip()
        related = {one for one in before if me.related(one)}
        related |= {
            one for one in before if (other := session.read(self.state, SessionId(one))) and other.related(me.id)
        }
        wanted = Wanted(tuple(scopes), shared)
        in_the_way = [
            item for one, items in before.items() if one not in related for item in items if meet_wanted(wanted, item)
        ]
        over = {item.id for items in before.values() for item in items if self.over(item)}
        mine_before = modes(before[me.id])
        request = claiming.Request(tuple(scopes), "why", ttl, shared, override=override)
        answer = claiming.acquire(self.workspace, me, request)
        after = self.held()
        if answer.result == "refused":
            assert not override
            assert self.workspace.ledger.tip() == tip, "a refusal that was seen coming records nothing"
            holders = {item.held.session for item in answer.conflicts}
            assert holders
            assert not holders & related
            assert all(any(item.id not in over for item in before[one]) for one in holders)
            return
        assert override or all(item.id in over for item in in_the_way)
        for one, items in before.items():
            if one != me.id:
                kept = {item.id: item for item in after[one]}
                assert set(kept) <= {item.id for item in items}, "others get nothing"
                for item in items:
                    left = kept[item.id].scopes if item.id in kept else ()
                    assert not left or kept[item.id] == replace(item, scopes=left), "what others keep is as it was"
                    lost = [scope for scope in item.scopes if scope not in left]
                    if lost:
                        assert override or item.id in over
                        assert one not in related
                        assert all(any(overlap(scope, mine) for mine in scopes) for scope in lost), "only what overlaps"
                    if left and one not in related:
                        assert not meet_wanted(wanted, kept[item.id]), "what is in the way went"
        mine = modes(after[me.id])
        for scope in scopes:
            assert any(
                scope in item.scopes or covered(scope) <= frozenset().union(*map(covered, item.scopes))
                for item in after[me.id]
                if shared or not item.shared
            ), "won means held"
        assert all(mine.get(path, 0) >= mode for path, mode in mine_before.items()), (
            "a claim takes nothing from its own"
        )
        assert answer.held_until is not None
        assert answer.held_until >= self.clock.now(), "what was just won has not run out"

    @rule(which=st.integers(0, 5), everything=st.booleans(), pick=st.integers(0, 9))
    def release(self, which: int, everything: bool, pick: int) -> None:
        """A release gives up exactly what was named."""
        me = self.me(which)
        if me is None:
            return
        before = self.held()
        own = sorted({scope for item in before[me.id] for scope in item.scopes})
        if not own:
            return
        chosen = own[pick % len(own)]
        release.release(self.workspace, me, () if everything else (chosen,), "", everything=everything)
        after = self.held()
        left = {scope for item in after[me.id] for scope in item.scopes}
        assert left == (set() if everything else set(own) - {chosen})
        assert {one: items for one, items in after.items() if one != me.id} == {
            one: items for one, items in before.items() if one != me.id
        }

    @rule(which=st.integers(0, 5), ttl=st.sampled_from([0, 60]))
    def renew(self, which: int, ttl: int) -> None:
        """A renewal changes nobody's scopes, and makes the lease run from now."""
        me = self.me(which)
        if me is None:
            return
        before = {one: [item.scopes for item in items] for one, items in self.held().items()}
        renew.renew(self.workspace, me, (), ttl)
        assert {one: [item.scopes for item in items] for one, items in self.held().items()} == before
        again = session.read(self.state, me.id)
        assert again is not None
        assert again.last == self.clock.now()

    @rule(which=st.integers(0, 5))
    def end(self, which: int) -> None:
        """An end frees all that the session held, and no more."""
        me = self.me(which)
        if me is None:
            return
        before = self.held()
        end.end(self.workspace, me, "")
        after = self.held()
        assert after == {one: items for one, items in before.items() if one != me.id}

    @rule(which=st.integers(0, 5))
    def retire(self, which: int) -> None:
        """Every gone session is retired, and none that may live."""
        me = self.me(which)
        if me is None:
            return
        gone = {one.id for one in session.every(self.state) if self.clock.now() > one.last + one.lease} - {me.id}
        try:
            assert set(retire.retire(self.workspace, me, (), every_gone=True).retired) == gone
        except Refused:
            assert not gone
        assert not gone & set(session.live_ids(self.state))

    @rule(which=st.integers(0, 5), scope=st.sampled_from(SCOPES[:10]))
    def crash(self, which: int, scope: Scope) -> None:
        """A writer dies after it moved its log: whoever comes next sequences the claim."""
        me = self.me(which)
        if me is None:
            return
        ledger = self.workspace.ledger
        with ledger.store.write_lock():
            draft = Draft("claim", "claim", {"scopes": [scope.to_json()]})
            before, log = position.read(self.state, me.id), log_ref(me.id)
            content = event.encode(
                draft,
                session=me.id,
                number=before.number + 1,
                event_id=EventId(self.workspace.ids.hexadecimal(32)),
                time=self.clock.now(),
                mail="t@example.com",
                parent=before.tip,
            )
            made = ledger.store.objects.write("commit", content)
            ledger.store.objects.publish()
            marker.put(ledger.store.directory, [log, LEDGER])
            ledger.store.refs.update([Update(log, made, ledger.store.refs.read(log))])
            ledger.store.objects.settle()
        other = self.me(which + 1)
        assert other is not None
        ledger.record(other.id, Draft("renew", "renew the lease"))
        assert position.read(self.state, me.id).tip == made or other.id == me.id

    @rule(seconds=st.sampled_from([1, 31, 61, 1900]))
    def pass_by(self, seconds: int) -> None:
        """Time passes."""
        self.clock.time += seconds

    @rule(which=st.integers(0, 5))
    @precondition(lambda self: bool(self.living))
    def nonsense(self, which: int) -> None:
        """A release of what nobody holds is an error that changes nothing."""
        me = self.me(which)
        tip = self.workspace.ledger.tip()
        if me is not None:
            try:
                release.release(self.workspace, me, (Scope("directory", "nowhere"),), "", everything=False)
            except CoordError as error:
                assert error.status == 1
            assert self.workspace.ledger.tip() == tip

    @invariant()
    def nobody_holds_what_another_holds(self) -> None:
        """Live claims of unrelated sessions have no path in common, unless all are shared."""
        state = self.state
        living = list(session.every(state))
        for one in living:
            for other in living:
                if one.id < other.id and not one.related(other.id) and not other.related(one.id):
                    for a in claim.of(state, one.id):
                        for b in claim.of(state, other.id):
                            assert not meet(a, b), (a, b)

    @invariant()
    def index_is_what_the_records_say(self) -> None:
        """The tree of claims names each scope of each live claim once, and nothing else."""
        state = self.state
        expected: dict[str, Any] = {}
        for items in self.held().values():
            for item in items:
                for scope in item.scopes:
                    name = layout.entry(item.id, item.session, kind=scope.kind, shared=item.shared)
                    expected.setdefault(f"{layout.directory(scope.kind, scope.text)}/{name}", set()).add(scope.text)
        assert sorted(state.walk("claims")) == sorted(expected)

    @invariant()
    def new_commits_fold_the_same(self) -> None:
        """Each new ledger commit gives the same tree when it is folded anew; numbers and tokens only rise."""
        objects, tip = self.workspace.ledger.store.objects, self.workspace.ledger.tip()
        for oid, record in reversed(sequence.first_parents(objects, tip, self.checked)):
            assert sequence.verify(objects, oid, record, KINDS) == ""
            for key, value in record.trailers:
                if key == "Coord-Verdict":
                    number = int(value.partition(" ")[0])
                    assert number == self.highest + 1
                    self.highest = number
        self.checked = tip
        assert all(item.token <= self.highest for items in self.held().values() for item in items)


class Wanted:
    """What is asked for, as far as overlap goes."""

    def __init__(self, scopes: tuple[Scope, ...], shared: bool) -> None:
        self.scopes = scopes
        self.shared = shared


def meet_wanted(wanted: Wanted, item: Claim) -> bool:
    """Whether a claim is certainly in the way of what is asked for."""
    if wanted.shared and item.shared:
        return False
    return any(covered(a) & covered(b) for a in wanted.scopes for b in item.scopes)


def modes(items: list[Claim]) -> dict[str, int]:
    """How each path of the universe is held: 2 alone, 1 shared."""
    found: dict[str, int] = {}
    for item in items:
        for scope in item.scopes:
            for path in covered(scope):
                found[path] = max(found.get(path, 0), 1 if item.shared else 2)
    return found


Sessions.TestCase.settings = settings(
    max_examples=repeated(40), stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestSessions = Sessions.TestCase
TestSessions.__doc__ = "Any sequence of operations keeps the invariants of the ledger and does what it says."
