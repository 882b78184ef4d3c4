"""What the operations of a handoff do to the state: all of it changes hands, or nothing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from domain.world import CHILD, ME, OTHER, PARENT, START, THIRD, World
from gitcoord.domain.claim import record as claim
from gitcoord.domain.handoff import record
from gitcoord.domain.notice import record as notice
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record as tasks
from gitcoord.policy import lease
from gitcoord.policy.ids import SessionId
from gitcoord.policy.scope import overlap

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.ledger.fold import Verdict

A, B, C = (digit * 32 for digit in "abc")
OFFER, SECOND = "d" * 32, "e" * 32
SRC, DOCS, FILE = {"directory": "src"}, {"directory": "docs"}, {"file": "src/a.py"}
UNTIL = START + 1000


class Hands(World):
    """A world with words for handoffs."""

    def offer(self, giver: str = ME, *, by: str = "", name: str = OFFER, **data: Any) -> Verdict:
        """Let a session offer work, to OTHER where nothing else is said."""
        said = {"from": giver, "to": OTHER, "to_name": OTHER, "until": UNTIL, **data}
        return self.do(by or giver, "handoff-offer", said, claim=name, why="the context")

    def accept(self, taker: str = OTHER, name: str = OFFER) -> Verdict:
        """Let a session accept."""
        return self.do(taker, "handoff-accept", {"offer": name})

    def decline(self, who: str = OTHER, name: str = OFFER) -> Verdict:
        """Let a session decline."""
        return self.do(who, "handoff-decline", {"offer": name}, why="no time")

    def adopt(self, taker: str, victim: str, evidence: str, **data: Any) -> Verdict:
        """Let a session adopt all that another one holds."""
        held = claim.of(self.state, SessionId(victim))
        named = claim.named([(one.id, one.scopes) for one in held])
        wanted = [task.id for task in tasks.held_by(self.state, SessionId(victim))]
        said = {"session": victim, "evidence": evidence, "claims": named, "tasks": wanted, **data}
        return self.do(taker, "adopt", said)

    def hold(self, who: str, task: str, **data: Any) -> None:
        """Let a session hold a task."""
        assert self.do(who, "task-add", {"title": task[:4], **data}, claim=task).accepted
        assert self.do(who, "task-take", {"id": task}).accepted

    def of(self, who: str) -> tuple[list[tuple[str, tuple[str, ...]]], list[str]]:
        """What a session holds: claims with their scopes, and tasks."""
        held = [(one.id[0], tuple(scope.text for scope in one.scopes)) for one in claim.of(self.state, SessionId(who))]
        return held, [task.id for task in tasks.held_by(self.state, SessionId(who))]

    def status(self, name: str = OFFER) -> str:
        """What became of an offer."""
        found = record.read(self.saved(), name)
        assert found is not None
        return found.status


@pytest.fixture
def world(tmp_path: Path) -> Hands:
    """ME and OTHER live in one clone, THIRD in another; ME holds two claims and two tasks."""
    made = Hands(tmp_path / "world")
    for who, clone in ((ME, "here"), (OTHER, "here"), (THIRD, "abroad")):
        made.start(who, clone=clone)
    made.claim(ME, A, SRC, DOCS, until=UNTIL + 5)
    made.hold(ME, B)
    made.hold(ME, C, scopes=[{"name": "slot:x"}])
    return made


ALL: dict[str, Any] = {"tasks": [B, C], "claims": [{"id": A, "scopes": [SRC, DOCS]}]}


def test_accept_moves_all_in_one_operation(world: Hands) -> None:
    """Claims keep their id and deadline, tasks their attempt; all get the number of the accept as their token."""
    assert world.offer(**ALL).accepted
    before = {name: tasks.read(world.state, name) for name in (B, C)}
    assert world.of(ME)[1] == [B, C], "an offer takes nothing"
    assert world.accept().accepted
    number = (world.state.json("meta.json") or {})["operations"]
    assert world.of(ME) == ([], [])
    held, moved = claim.of(world.saved(), SessionId(OTHER)), tasks.held_by(world.saved(), SessionId(OTHER))
    assert [(one.id, one.until, one.token) for one in held if one.id == A] == [(A, UNTIL + 5, number)]
    assert len(held) == 2, "the scopes that came with a task go with it"
    for task in moved:
        old = before[task.id]
        assert old is not None
        assert (task.token, task.attempt, task.given) == (number, old.attempt, START)
        assert task.past[-1]["how"] == "handed-over"
    assert world.status() == "accepted"
    told = [item for _, item in notice.to(world.state, SessionId(ME))]
    assert [item["what"] for item in told] == ["handoff"]
    assert world.do(OTHER, "task-done", {"id": C}).accepted
    assert [one.id for one in claim.of(world.state, SessionId(OTHER))] == [A], "the scopes of the task end with it"


def test_review_is_not_handed_to_whoever_made_the_commit(world: Hands) -> None:
    """As little as they may take it; nor do their children get it."""
    world.start(PARENT)
    world.start(CHILD, parent=PARENT)
    assert world.do(
        OTHER, "task-add", {"title": "look", "asked": "review", "makers": [PARENT]}, claim="f" * 32
    ).accepted
    assert world.do(ME, "task-take", {"id": "f" * 32}).accepted
    for at, who in enumerate((PARENT, CHILD)):
        assert world.offer(name=str(at) * 32, to=who, to_name=who, tasks=["f" * 32]).accepted
        refused = world.accept(who, str(at) * 32)
        assert (refused.reason, refused.detail.get("but")) == ("forbidden", who)
    assert world.of(ME)[1] == [B, C, "f" * 32]


def test_old_holder_is_refused_with_who_has_it(world: Hands) -> None:
    """A late release or update of the giver names the session that took over."""
    world.offer(**ALL)
    world.accept()
    late = world.do(ME, "release", {"claims": [{"id": A, "scopes": [SRC]}]})
    assert (late.reason, late.detail["by"]) == ("taken", OTHER)
    update = world.do(ME, "task-update", {"id": B, "progress": 3})
    assert (update.reason, update.detail["how"], update.detail["by"]) == ("taken", "handed-over", OTHER)


def test_part_of_a_claim_moves_and_the_rest_stays(world: Hands) -> None:
    """What is not offered stays under its token; the next part joins the first."""
    token = claim.of(world.state, SessionId(ME))[0].token
    assert world.offer(claims=[{"id": A, "scopes": [DOCS]}]).accepted
    assert world.accept().accepted
    kept = next(one for one in claim.of(world.state, SessionId(ME)) if one.id == A)
    assert ([scope.text for scope in kept.scopes], kept.token) == (["src"], token)
    assert world.offer(name=SECOND, claims=[{"id": A, "scopes": [SRC]}]).accepted
    assert world.accept(name=SECOND).accepted
    assert world.of(OTHER)[0] == [("a", ("docs", "src"))]


def test_part_that_overlaps_what_stays_is_refused(world: Hands) -> None:
    """Of `src` and `src/a.py` in one claim the file alone cannot go: two would hold it."""
    world.claim(ME, "f" * 32, FILE, {"directory": "src/"[:-1]})
    world.offer(claims=[{"id": "f" * 32, "scopes": [FILE]}])
    before = world.of(OTHER)
    assert world.accept().reason == "held"
    assert world.of(OTHER) == before


@pytest.mark.parametrize("who", [ME, THIRD])
def test_only_the_target_accepts(world: Hands, who: str) -> None:
    """Neither its giver nor somebody else; nothing changes hands."""
    world.offer(**ALL)
    before = world.files().keys()
    assert world.accept(who).reason == "forbidden"
    assert world.of(ME)[1] == [B, C]
    assert {path for path in world.files().keys() ^ before if not path.startswith("sessions")} == set()


def test_next_is_the_first_who_comes(world: Hands) -> None:
    """An offer without a target is the first one's who accepts it, not its giver's."""
    world.offer(to="", to_name="", **ALL)
    assert world.decline(THIRD).reason == "forbidden"
    assert world.accept(ME).reason == "forbidden"
    assert world.accept(THIRD).accepted
    second = world.accept(OTHER)
    assert (second.reason, second.detail["by"]) == ("ended", THIRD)


def test_namesake_accepts_for_a_session_that_is_over(world: Hands) -> None:
    """The offer is for the next session of that name, once its target is gone."""
    world.offer(**ALL)
    world.start("later-00000009", name=OTHER)
    assert world.accept("later-00000009").reason == "forbidden"
    world.do(OTHER, "end")
    assert world.accept("later-00000009").accepted


def test_decline_withdrawal_and_expiry_leave_everything_with_the_giver(world: Hands) -> None:
    """After each of them the giver holds what it held, under the same tokens, and nobody can accept."""
    before = world.of(ME), [one.token for one in claim.of(world.state, SessionId(ME))]
    world.offer(**ALL)
    assert world.decline().accepted
    assert world.status() == "declined"
    world.offer(name=SECOND, **ALL)
    assert world.decline(ME, SECOND).accepted
    assert world.status(SECOND) == "withdrawn"
    third = "9" * 32
    world.offer(name=third, **ALL)
    world.time = UNTIL + 1
    assert world.accept(name=third).reason == "late"
    assert world.decline(name=third).reason == "late"
    for name in (OFFER, SECOND):
        assert world.accept(name=name).reason == "ended"
    assert (world.of(ME), [one.token for one in claim.of(world.state, SessionId(ME))]) == before
    assert world.offer(name="8" * 32, until=UNTIL + 50).accepted
    assert world.status(third) == "expired"
    ((_, told),) = notice.to(world.state, SessionId(ME))
    assert (told["what"], told["how"]) == ("handoff", "expired")
    assert record.open_ids(world.state) == ["8" * 32]


def test_accept_is_all_or_nothing(world: Hands) -> None:
    """Where one thing cannot go, none goes: released, done, needing what the target cannot, barred by a halt."""
    world.offer(**ALL)
    world.do(ME, "release", {"claims": [{"id": A, "scopes": [DOCS]}]})
    assert world.accept().reason == "not_mine"
    world.offer(name=SECOND, tasks=[B, C])
    world.do(ME, "task-done", {"id": B})
    assert world.accept(name=SECOND).reason == "ended"
    assert world.of(ME)[1] == [C]
    world.start("able-00000007", capabilities=["py"])
    world.hold("able-00000007", "7" * 32, needs=["py"])
    able = "able-00000007"
    world.offer(able, name="6" * 32, tasks=["7" * 32])
    refused = world.accept(name="6" * 32)
    assert (refused.reason, refused.detail["needs"]) == ("forbidden", ["py"])
    world.do(THIRD, "halt", {"type": "other", "severity": "critical"}, why="stop")
    world.offer(name="5" * 32, tasks=[C])
    assert world.accept(name="5" * 32).reason == "halted"
    assert world.of(OTHER) == ([], [])


def test_handoff_is_checked_like_a_claim(world: Hands) -> None:
    """What a child of the giver claims below it is in the way of a stranger."""
    world.start(PARENT)
    world.start(CHILD, parent=PARENT)
    world.claim(PARENT, "1" * 32, {"directory": "lib"})
    world.claim(CHILD, "2" * 32, {"file": "lib/x"})
    world.offer(PARENT, claims=[{"id": "1" * 32, "scopes": [{"directory": "lib"}]}])
    verdict = world.accept()
    assert (verdict.reason, verdict.detail["by"]) == ("held", [["2" * 32, CHILD]])


def test_work_of_a_giver_that_is_over_goes_where_it_is_free(world: Hands) -> None:
    """An agent may offer its work to the next one and end: what nobody took meanwhile is the taker's."""
    world.offer(to="", to_name="", **ALL)
    world.do(ME, "end")
    assert world.accept().accepted
    assert world.of(OTHER)[1] == [B, C]
    texts = {scope.text for one in claim.of(world.state, SessionId(OTHER)) for scope in one.scopes}
    assert texts == {"src", "docs", "slot:x"}


def test_work_that_somebody_took_meanwhile_refuses_the_offer(world: Hands) -> None:
    """Of a giver that is over, one scope taken by another is enough."""
    world.offer(to="", to_name="", **ALL)
    world.do(ME, "end")
    world.claim(THIRD, "3" * 32, {"file": "docs/x"})
    assert world.accept().reason == "held"
    assert world.of(OTHER) == ([], [])


def test_task_that_another_session_holds_by_now_does_not_move(world: Hands) -> None:
    """Offered twice and accepted once; or taken after its giver was over."""
    world.offer(tasks=[B])
    world.offer(name=SECOND, tasks=[B], to="", to_name="")
    assert world.accept().accepted
    assert world.accept(THIRD, SECOND).reason == "held"
    third = "9" * 32
    world.offer(name=third, tasks=[C], to="", to_name="")
    world.do(ME, "end")
    assert world.do(THIRD, "task-take", {"id": C}).accepted
    assert world.accept(OTHER, third).reason == "held"
    assert (world.of(OTHER)[1], world.of(THIRD)[1]) == ([B], [C])


def test_offer_names_only_what_its_giver_holds(world: Hands) -> None:
    """Of others', of nothing, of a session that is not there, for oneself, in the past: refused."""
    assert world.offer(OTHER, to=ME, tasks=[B]).reason == "not_mine"
    assert world.offer(OTHER, to=ME, claims=[{"id": A, "scopes": [SRC]}]).reason == "not_mine"
    assert world.offer(claims=[{"id": A, "scopes": [FILE]}]).reason == "not_mine"
    assert world.offer("nobody-00000000", by=ME).reason == "not_found"
    assert world.offer(to="nobody-00000000").reason == "not_found"
    assert world.offer(to=ME).reason == "not_found"
    assert world.offer(until=START - 1).reason == "late"
    assert world.offer(by=THIRD).reason == "forbidden", "only within a clone somebody offers for another"
    assert world.offer(by=OTHER, to="", **ALL).accepted


@pytest.mark.parametrize(
    "data",
    [
        {"tasks": ["x"]},
        {"tasks": B},
        {"claims": [{"id": "../x", "scopes": [SRC]}]},
        {"claims": [{"id": A}]},
        {"reason": "bored"},
        {"until": -1},
        {"snapshot": "zz"},
        {"from": 3},
    ],
)
def test_malformed_offer_is_refused(world: Hands, data: dict[str, Any]) -> None:
    """Whatever a payload holds, it is refused as malformed, and nothing is written."""
    assert world.offer(**data).reason == "malformed"
    assert record.open_ids(world.state) == []
    for kind in ("handoff-accept", "handoff-decline"):
        for name in ("../" * 10, 7, None, ["x"]):
            assert world.do(ME, kind, {"offer": name}).reason == "malformed"
        assert world.do(ME, kind, {"offer": "0" * 32}).reason == "not_found"


def test_claim_of_the_same_id_is_not_widened(world: Hands) -> None:
    """A shared claim of the taker that bears the id of an exclusive one does not become exclusive."""
    world.start(CHILD)
    world.claim(OTHER, "4" * 32, {"directory": "lib"}, shared=True)
    world.claim(CHILD, "5" * 32, {"directory": "lib"}, shared=True)
    world.claim(ME, "4" * 32, {"directory": "bin"})
    world.offer(claims=[{"id": "4" * 32, "scopes": [{"directory": "bin"}]}])
    assert world.accept().reason == "malformed"
    assert all(one.shared for one in claim.of(world.state, SessionId(OTHER)))


def test_adopt_takes_all_of_a_gone_session_and_ends_it(world: Hands) -> None:
    """On the evidence of its lease; offers of it end, and what it says later is refused."""
    world.offer(**ALL)
    assert world.adopt(OTHER, ME, "lease").reason == "not_gone"
    world.time += lease.LEASE + 1
    world.do(OTHER, "renew")
    assert world.adopt(OTHER, ME, "lease").accepted
    assert world.of(OTHER)[1] == [B, C]
    assert session.ended(world.state, SessionId(ME)) is not None
    assert (session.ended(world.state, SessionId(ME)) or {})["by"] == OTHER
    assert world.status() == "withdrawn"
    assert world.do(ME, "renew").reason == "ended"


def test_owner_that_came_back_first_keeps_its_work(world: Hands) -> None:
    """Its renewal before the adoption makes it fail."""
    world.time += lease.LEASE + 1
    assert world.do(ME, "renew").accepted
    assert world.adopt(OTHER, ME, "lease").reason == "not_gone"
    assert world.of(ME)[1] == [B, C]


def test_dead_process_and_own_session_count_within_a_clone_only(world: Hands) -> None:
    """Another clone cannot know of the process, nor act for the user."""
    for evidence in ("process", "own"):
        assert world.adopt(THIRD, ME, evidence).reason == "not_gone"
    assert world.adopt(OTHER, ME, "override").reason == "malformed"
    assert world.adopt(OTHER, ME, "own").accepted
    assert session.read(world.state, SessionId(ME)) is not None, "a living one goes on, without its work"
    assert [item["how"] for _, item in notice.to(world.state, SessionId(ME))] == ["adopted"]
    assert world.adopt(OTHER, "nobody-00000000", "process").reason == "not_found"


@pytest.mark.slow
def test_walk_keeps_claims_apart(tmp_path: Path) -> None:
    """Whatever is offered, accepted, declined, adopted and claimed in whatever order, no two sessions conflict, a task
    has one holder, and a refused operation of a handoff moves nothing.
    """
    for seed in range(12):
        dice, world = random.Random(seed), Hands(tmp_path / f"walk{seed}")
        who = [ME, OTHER, "more-00000008"]
        for one in who:
            world.start(one)
        scopes = [{"directory": "src"}, {"file": "src/a.py"}, {"file": "b"}, {"name": "slot:x"}]
        for step in range(60):
            one, two, name = dice.choice(who), dice.choice(who), f"{step + 1:032x}"
            held, mine = (
                claim.of(world.state, SessionId(one)),
                [task.id for task in tasks.held_by(world.state, SessionId(one))],
            )
            parts = [{"id": known.id, "scopes": [dice.choice(known.scopes).to_json()]} for known in held]
            offered = record.open_ids(world.state)
            act = dice.randrange(7)
            before = {each: world.of(each) for each in who}
            if act == 0:
                verdict = world.do(one, "claim", {"scopes": dice.sample(scopes, 2)}, claim=name)
            elif act == 1:
                world.do(one, "task-add", {"title": "t", "scopes": dice.sample(scopes, 1)}, claim=name)
                verdict = world.do(one, "task-take", {"id": name})
            elif act == 2:
                verdict = world.offer(one, name=name, to=two, to_name=two, tasks=mine[:1], claims=parts[:2])
            elif act in (3, 4) and offered:
                verdict = world.accept(one, dice.choice(offered))
            elif act == 5 and offered:
                verdict = world.decline(one, dice.choice(offered))
            else:
                verdict = world.adopt(one, two, "own") if one != two else world.do(one, "renew")
            if not verdict.accepted:
                assert {each: world.of(each) for each in who} == before
            _sound(world, who)


def _sound(world: Hands, who: list[str]) -> None:
    state = world.saved()
    held = [
        (one, scope, known.shared) for one in who for known in claim.of(state, SessionId(one)) for scope in known.scopes
    ]
    for one, scope, shared in held:
        for two, other, too in held:
            assert one == two or not overlap(scope, other) or (shared and too)
    standing = {(entry.session, entry.scope.text) for _, scope, _ in held for entry in claim.overlapping(state, scope)}
    assert standing == {(one, scope.text) for one, scope, _ in held}, "the index says what the records say"
    for one in who:
        for task in tasks.held_by(state, SessionId(one)):
            assert task.holder == one
