"""The table of verdicts: each kind of operation against each kind of state, and what is malformed or hostile."""

from __future__ import annotations

import copy
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from support.torture import every

from gitcoord.domain.claim import record as claim
from gitcoord.domain.kinds import KINDS
from gitcoord.domain.notice import record as notice
from gitcoord.domain.session import record as session
from gitcoord.errors import TooLarge, Unreadable
from gitcoord.ledger import position
from gitcoord.policy import lease, limits
from gitcoord.policy.ids import SessionId, StoreOid
from gitcoord.policy.scope import Scope

from .world import CHILD, ME, MINE, MORE, OTHER, PARENT, START, THEIRS, THIRD, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SRC, DOCS = {"directory": "src"}, {"directory": "docs"}
ABROAD = "another-clone"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A ledger in which nothing happened yet."""
    return World(tmp_path / "store.git")


# --- situations: what had happened before the operation of ME


def nobody(world: World) -> None:
    """No session is registered."""


def free(world: World) -> None:
    """ME lives, nobody holds anything."""
    world.start(ME)


def over(world: World) -> None:
    """ME has ended."""
    world.start(ME)
    world.do(ME, "end")


def retired(world: World) -> None:
    """ME was retired by OTHER."""
    world.start(ME)
    world.start(OTHER)
    assert world.do(OTHER, "retire", {"sessions": [{"id": ME, "evidence": "process"}]}).accepted


def mine(world: World) -> None:
    """ME holds src and docs."""
    world.start(ME)
    world.claim(ME, MINE, SRC, DOCS)


def mine_twice(world: World) -> None:
    """ME holds src, claimed at the commit where it stands, and docs, claimed at an earlier one."""
    world.start(ME)
    world.claim(ME, MINE, SRC, head="e" * 40)
    world.claim(ME, MORE, DOCS, head="d" * 40)


def mine_expired(world: World) -> None:
    """ME holds src with a deadline that is past."""
    world.start(ME)
    world.claim(ME, MINE, SRC, until=START + 10)
    world.time += 100


def _other(world: World, *scopes: dict[str, str], clone: str = "here", **data: Any) -> None:
    world.start(ME)
    world.start(OTHER, clone=clone)
    world.claim(OTHER, THEIRS, *scopes, **data)


def theirs(world: World) -> None:
    """OTHER holds src."""
    _other(world, SRC)


def theirs_inside(world: World) -> None:
    """OTHER holds a file within src."""
    _other(world, {"file": "src/deep/a.py"})


def theirs_accented(world: World) -> None:
    """OTHER holds a file whose name begins with a small letter that is not ASCII."""
    _other(world, {"file": "\u00e9.txt"})


def theirs_around(world: World) -> None:
    """OTHER holds the whole repository."""
    _other(world, {"directory": "."})


def theirs_glob(world: World) -> None:
    """OTHER holds src/**/*.py."""
    _other(world, {"glob": "src/**/*.py"})


def theirs_shared(world: World) -> None:
    """OTHER holds src shared."""
    _other(world, SRC, shared=True)


def theirs_name(world: World) -> None:
    """OTHER holds a named resource."""
    _other(world, {"name": "slot:deploy"})


def theirs_abroad(world: World) -> None:
    """OTHER, of another clone, holds src."""
    _other(world, SRC, clone=ABROAD)


def theirs_until(world: World) -> None:
    """OTHER holds src with a deadline ten seconds off."""
    _other(world, SRC, until=START + 10)


def theirs_until_abroad(world: World) -> None:
    """OTHER, of another clone, holds src with a deadline ten seconds off."""
    _other(world, SRC, clone=ABROAD, until=START + 10)


def theirs_and_third(world: World) -> None:
    """OTHER holds src/a, THIRD holds src/b."""
    _other(world, {"directory": "src/a"})
    world.start(THIRD)
    world.claim(THIRD, MORE, {"directory": "src/b"})


def theirs_released(world: World) -> None:
    """OTHER held src and gave it up."""
    _other(world, SRC)
    assert world.do(OTHER, "release", {"claims": [{"id": THEIRS, "scopes": [SRC]}]}).accepted


def theirs_ended(world: World) -> None:
    """OTHER held src and ended."""
    _other(world, SRC)
    assert world.do(OTHER, "end").accepted


def taken(world: World) -> None:
    """ME held src; OTHER overrode it."""
    world.start(ME)
    world.start(OTHER)
    world.claim(ME, MINE, SRC)
    payload = {"scopes": [SRC], "takes": [{"id": MINE, "session": ME, "evidence": "override"}]}
    assert world.do(OTHER, "take", payload, why="needed").accepted


def partly_taken(world: World) -> None:
    """ME held src and docs in one claim; OTHER overrode src."""
    world.start(ME)
    world.start(OTHER)
    world.claim(ME, MINE, SRC, DOCS)
    payload = {"scopes": [SRC], "takes": [{"id": MINE, "session": ME, "evidence": "override"}]}
    assert world.do(OTHER, "take", payload, why="needed").accepted


def parent_abroad(world: World) -> None:
    """ME's parent to be lives in another clone."""
    world.start(PARENT, clone=ABROAD)


def parent_holds(world: World) -> None:
    """ME's parent holds src."""
    world.start(PARENT)
    world.claim(PARENT, THEIRS, SRC)
    world.start(ME, parent=PARENT)


def grandparent_holds(world: World) -> None:
    """The parent of ME's parent holds src."""
    world.start(PARENT)
    world.claim(PARENT, THEIRS, SRC)
    world.start(CHILD, parent=PARENT)
    world.start(ME, parent=CHILD)


def child_holds(world: World) -> None:
    """A child of ME holds src."""
    world.start(ME)
    world.start(CHILD, parent=ME)
    world.claim(CHILD, THEIRS, SRC)


def sibling_holds(world: World) -> None:
    """Another child of ME's parent holds src."""
    world.start(PARENT)
    world.start(CHILD, parent=PARENT)
    world.claim(CHILD, THEIRS, SRC)
    world.start(ME, parent=PARENT)


def later(situation: Callable[[World], None], seconds: int) -> Callable[[World], None]:
    """The same situation, so many seconds after START."""

    def arranged(world: World) -> None:
        situation(world)
        world.time = START + seconds

    arranged.__name__ = f"{situation.__name__}+{seconds}s"
    return arranged


def renewed(situation: Callable[[World], None], seconds: int) -> Callable[[World], None]:
    """The same situation so many seconds later; the other session renews just before the operation."""

    def arranged(world: World) -> None:
        situation(world)
        world.time = START + seconds
        assert world.do(OTHER, "renew", {}).accepted

    arranged.__name__ = f"{situation.__name__}+{seconds}s-renewed"
    return arranged


# --- operations of ME


def claims(*scopes: dict[str, str], **data: Any) -> tuple[str, dict[str, Any]]:
    """Claim these scopes."""
    return "claim", {"scopes": list(scopes), **data}


def releases(identity: str, *scopes: dict[str, str], **data: Any) -> tuple[str, dict[str, Any]]:
    """Release scopes of a claim."""
    return "release", {"claims": [{"id": identity, "scopes": list(scopes)}], **data}


def renews(identity: str = "", until: int = START + 9999) -> tuple[str, dict[str, Any]]:
    """Renew the lease, and a claim."""
    return "renew", {"claims": [{"id": identity, "until": until}]} if identity else {}


def takes(
    evidence: str, identity: str = THEIRS, victim: str = OTHER, scope: dict[str, str] = SRC
) -> tuple[str, dict[str, Any]]:
    """Take src from a claim on this evidence."""
    return "take", {"scopes": [scope], "takes": [{"id": identity, "session": victim, "evidence": evidence}]}


def retires(evidence: str, *victims: str) -> tuple[str, dict[str, Any]]:
    """Retire sessions on this evidence."""
    return "retire", {"sessions": [{"id": victim, "evidence": evidence} for victim in victims]}


def registers(**data: Any) -> tuple[str, dict[str, Any]]:
    """Register ME."""
    return "register", {"clone": "here", **data}


END: tuple[str, dict[str, Any]] = ("end", {})
NUMBER: tuple[str, dict[str, Any]] = ("number", {"name": "migration"})
RULES: tuple[str, dict[str, Any]] = ("rules", {"key": "max-files", "value": 5})
BYPASS: tuple[str, dict[str, Any]] = ("bypass", {"commit": "f" * 40, "holders": [{"session": OTHER, "paths": ["src"]}]})
UNKNOWN: tuple[str, dict[str, Any]] = ("sing", {"song": "la"})
EACH = [
    claims(SRC), releases(MINE, SRC), renews(), takes("override"), END, retires("lease", OTHER), NUMBER, RULES, BYPASS
]  # fmt: skip

OK = ""
GONE_HERE = lease.LEASE
"""The last second at which a session of this clone that said nothing since START still lives."""
GONE_ABROAD = lease.LEASE + lease.SKEW
RECLAIM: tuple[str, dict[str, Any]] = (
    "claim",
    {"scopes": [{"directory": "src/new"}], "ends": [{"id": MINE, "scopes": [SRC]}]},
)

TABLE: list[tuple[Callable[[World], None], tuple[str, dict[str, Any]], str]] = [
    # situation, operation, reason of the refusal ('' is accepted)
    (nobody, registers(), OK),
    (free, registers(), "registered"),
    (over, registers(), "ended"),
    (retired, registers(), "ended"),
    (nobody, registers(parent=PARENT), "parent"),
    (parent_abroad, registers(parent=PARENT), "parent"),
    (nobody, registers(lease=lease.LEASE), OK),
    (nobody, registers(lease=0), "malformed"),
    (nobody, registers(lease=session.LONGEST_LEASE + 1), "malformed"),
    (nobody, registers(clone=7), "malformed"),
    *[(nobody, registers(name=name), "malformed") for name in ("me", "ME", " all ", "role:x", "Can:x", "git-coord")],
    *[(nobody, registers(name=name), OK) for name in ("mel", "all-in", "role", "home")],
    *[(nobody, operation, "unregistered") for operation in EACH],
    *[(over, operation, "ended") for operation in EACH],
    *[(retired, operation, "ended") for operation in EACH],
    (nobody, UNKNOWN, "unknown_kind"),
    (free, UNKNOWN, "unknown_kind"),
    (over, UNKNOWN, "unknown_kind"),
    # a claim against who holds what
    (free, claims(SRC), OK),
    (free, claims({"directory": "."}), OK),
    (mine, claims(SRC), OK),
    (mine, claims({"directory": "src/a"}), OK),
    (mine, RECLAIM, OK),
    (theirs, claims(SRC), "held"),
    (theirs, claims({"directory": "src/a"}), "held"),
    (theirs, claims({"directory": "."}), "held"),
    (theirs, claims({"directory": "srcs"}), OK),
    (theirs, claims({"directory": "sr"}), OK),
    # one path, whatever the case of A to Z, and of no other letter
    (theirs, claims({"directory": "Src"}), "held"),
    (theirs, claims({"file": "SRC/a"}), "held"),
    (theirs, claims({"glob": "SRC/*.py"}), "held"),
    (theirs_accented, claims({"file": "\u00c9.txt"}), OK),
    (theirs_accented, claims({"file": "\u00e9.TXT"}), "held"),
    (theirs, claims({"glob": "**/*.py"}), "held"),
    (theirs, claims({"glob": "docs/**"}), OK),
    (theirs, claims({"name": "src:src"}), OK),
    (theirs, claims(DOCS, SRC), "held"),
    (theirs, claims(SRC, shared=True), "held"),
    (theirs_inside, claims(SRC), "held"),
    (theirs_inside, claims({"directory": "src/deep"}), "held"),
    (theirs_inside, claims({"directory": "src/deep/a.py/x"}), "held"),
    (theirs_inside, claims({"directory": "src/deep/b.py"}), OK),
    (theirs_inside, claims({"file": "src/deep/a.py"}), "held"),
    (theirs_inside, claims({"file": "src/deep/A.py"}), "held"),
    (theirs_inside, claims({"directory": "src/deep/a.py"}), "held"),
    (theirs_inside, claims({"file": "src/deep/b.py"}), OK),
    # no path is a file for one and a directory for another
    (theirs_inside, claims({"file": "src/deep"}), "held"),
    (theirs_inside, claims({"file": "src/deep/a.py/x"}), "held"),
    (theirs_inside, claims({"glob": "src/**/*_test.py"}), OK),
    (theirs_inside, claims({"glob": "src/deep/a.py/*"}), OK),
    (theirs_inside, claims({"glob": "src/deep/*.py"}), "held"),
    (theirs_around, claims({"directory": "anything/at/all"}), "held"),
    (theirs_around, claims({"glob": "*.md"}), "held"),
    (theirs_around, claims({"name": "slot:deploy"}), OK),
    (theirs_glob, claims({"directory": "src/x/y.py"}), "held"),
    (theirs_glob, claims({"directory": "src/x"}), "held"),
    (theirs_glob, claims({"directory": "src/x.py/readme.txt"}), "held"),
    (theirs_glob, claims({"directory": "src/x.txt"}), "held"),
    # a file meets a glob only where the glob matches it
    (theirs_glob, claims({"file": "src/x.txt"}), OK),
    (theirs_glob, claims({"file": "src/x"}), OK),
    (theirs_glob, claims({"file": "src"}), OK),
    (theirs_glob, claims({"file": "src/x/y.py"}), "held"),
    (theirs_glob, claims({"file": "SRC/X.PY"}), "held"),
    (theirs_glob, claims({"directory": "docs"}), OK),
    (theirs_glob, claims({"glob": "**/test_*"}), "held"),
    (theirs_shared, claims(SRC), "held"),
    (theirs_shared, claims(SRC, shared=True), OK),
    (theirs_shared, claims({"directory": "src/a"}, shared=True), OK),
    (theirs_name, claims({"name": "slot:deploy"}), "held"),
    (theirs_name, claims({"name": "slot:deploy2"}), OK),
    (theirs_name, claims({"name": "slot:Deploy"}), "held"),
    (theirs_name, claims({"name": "slots:deploy"}), OK),
    (theirs_name, claims({"directory": "slot"}), OK),
    (theirs_released, claims(SRC), OK),
    (theirs_ended, claims(SRC), OK),
    (parent_holds, claims(SRC), OK),
    (parent_holds, claims({"directory": "src/a"}), OK),
    (grandparent_holds, claims(SRC), OK),
    (child_holds, claims(SRC), OK),
    (sibling_holds, claims(SRC), "held"),
    (taken, claims(SRC), "held"),
    (partly_taken, releases(MINE, SRC), "taken"),
    (partly_taken, releases(MINE, SRC, DOCS), OK),
    (partly_taken, releases(MINE, DOCS), OK),
    (partly_taken, renews(MINE), OK),
    (partly_taken, claims(SRC), "held"),
    # a plain claim never takes over, however long the holder has been silent
    (later(theirs, 10 * lease.LEASE), claims(SRC), "held"),
    (later(theirs_until, 10 * lease.LEASE), claims(SRC), "held"),
    # release
    (free, releases(MINE, SRC), "not_mine"),
    (mine, releases(MINE, SRC), OK),
    (mine, releases(MINE, SRC, DOCS), OK),
    (mine, releases(MINE, {"directory": "elsewhere"}), OK),
    (mine, releases(MINE, {"directory": "SRC"}), OK),
    (mine, ("release", {"claims": []}), OK),
    (mine, releases(THEIRS, SRC), "not_mine"),
    (mine, ("release", {"claims": [{"id": MINE, "scopes": [SRC]}, {"id": THEIRS, "scopes": [SRC]}]}), "not_mine"),
    (mine, releases(MINE, SRC, head="e" * 40, branch=7), "malformed"),
    (mine_twice, ("release", {"claims": [{"id": MINE, "scopes": [SRC]}, {"id": MORE, "scopes": [DOCS]}],
                              "head": "e" * 40, "branch": 7}), "malformed"),
    (mine_expired, releases(MINE, SRC), OK),
    (theirs, releases(THEIRS, SRC), "not_mine"),
    (taken, releases(MINE, SRC), "taken"),
    (parent_holds, releases(THEIRS, SRC), "not_mine"),
    # renew
    (free, renews(), OK),
    (mine, renews(MINE), OK),
    (mine, ("renew", {"claims": [{"id": MINE, "until": None}]}), OK),
    (mine, renews(THEIRS), "not_mine"),
    (mine_expired, renews(MINE), OK),
    (theirs, renews(THEIRS), "not_mine"),
    (taken, renews(MINE), "taken"),
    (mine, ("renew", {"clone": "new", "from": "here"}), OK),
    (mine, ("renew", {"clone": "new", "from": "elsewhere"}), "moved"),
    (mine, ("renew", {"clone": "new"}), "malformed"),
    (taken, renews(), OK),
    # take, on each evidence
    (theirs, takes("lease"), "not_gone"),
    (later(theirs, GONE_HERE), takes("lease"), "not_gone"),
    (later(theirs, GONE_HERE + 1), takes("lease"), OK),
    (renewed(theirs, GONE_HERE + 1), takes("lease"), "not_gone"),
    (later(theirs_abroad, GONE_HERE + 1), takes("lease"), "not_gone"),
    (later(theirs_abroad, GONE_ABROAD), takes("lease"), "not_gone"),
    (later(theirs_abroad, GONE_ABROAD + 1), takes("lease"), OK),
    (theirs, takes("deadline"), "not_gone"),
    (later(theirs, GONE_HERE + 1), takes("deadline"), "not_gone"),
    (later(theirs_until, 10), takes("deadline"), "not_gone"),
    (later(theirs_until, 11), takes("deadline"), OK),
    (later(theirs_until_abroad, 11), takes("deadline"), "not_gone"),
    (later(theirs_until_abroad, 10 + lease.SKEW), takes("deadline"), "not_gone"),
    (later(theirs_until_abroad, 11 + lease.SKEW), takes("deadline"), OK),
    (theirs, takes("process"), OK),
    (theirs_abroad, takes("process"), "not_gone"),
    (theirs, takes("override"), OK),
    (theirs_abroad, takes("override"), OK),
    (theirs, takes("because"), "malformed"),
    (theirs, takes(""), "malformed"),
    (theirs, ("take", {"scopes": [SRC], "takes": []}), "malformed"),
    (theirs, ("take", {"scopes": [SRC]}), "malformed"),
    (theirs_released, takes("lease"), OK),
    (theirs_ended, takes("lease"), OK),
    (theirs, takes("lease", THEIRS, THIRD), "held"),
    (theirs, takes("override", MORE), "held"),
    (theirs_and_third, takes("override"), "held"),
    (later(theirs_and_third, GONE_HERE + 1), takes("lease"), "held"),
    (free, takes("override"), OK),
    (taken, takes("override", THEIRS), "held"),
    # end
    (free, END, OK),
    (mine, END, OK),
    (mine, ("end", {"head": "e" * 40, "branch": 7}), "malformed"),
    (mine_twice, ("end", {"head": "e" * 40, "branch": 7}), "malformed"),
    (taken, END, OK),
    # retire
    (theirs, retires("lease", OTHER), "not_gone"),
    (later(theirs, GONE_HERE), retires("lease", OTHER), "not_gone"),
    (later(theirs, GONE_HERE + 1), retires("lease", OTHER), OK),
    (later(theirs_abroad, GONE_ABROAD), retires("lease", OTHER), "not_gone"),
    (later(theirs_abroad, GONE_ABROAD + 1), retires("lease", OTHER), OK),
    (theirs, retires("process", OTHER), OK),
    (theirs_abroad, retires("process", OTHER), "not_gone"),
    (theirs, retires("override", OTHER), "not_found"),
    (theirs, retires("deadline", OTHER), "not_found"),
    (theirs, retires("process", ME), "not_gone"),
    (theirs, retires("process", OTHER, ME), "not_gone"),
    (theirs, retires("process", OTHER, OTHER), OK),
    (theirs, retires("process", THIRD), "not_found"),
    (theirs, retires("process", OTHER, THIRD), "not_found"),
    (theirs_ended, retires("process", OTHER), "not_found"),
    (theirs, ("retire", {}), "malformed"),
    # number, rules, bypass
    (free, NUMBER, OK),
    (free, ("number", {}), "malformed"),
    (free, ("number", {"name": ""}), "malformed"),
    (free, ("number", {"name": "a\nb"}), "malformed"),
    (free, ("number", {"name": "x", "from": limits.NUMBER_FROM}), OK),
    (free, ("number", {"name": "x", "from": limits.NUMBER_FROM + 1}), "malformed"),
    (free, RULES, OK),
    (free, ("rules", {"key": "require-claim", "value": True}), OK),
    (free, ("rules", {"key": "require-claim", "value": 1}), "malformed"),
    (free, ("rules", {"key": "person", "value": "warn"}), OK),
    (free, ("rules", {"key": "person", "value": "shout"}), "malformed"),
    (free, ("rules", {"key": "max-files", "value": True}), "malformed"),
    (free, ("rules", {"key": "colour", "value": "red"}), "malformed"),
    (theirs, BYPASS, OK),
    (free, BYPASS, OK),
    (theirs, ("bypass", {"commit": "f" * 40, "holders": [{"session": OTHER, "paths": []}, 7]}), "malformed"),
    (theirs, ("bypass", {"commit": "f" * 40, "holders": [{"session": OTHER}, {"session": 7}]}), "malformed"),
]  # fmt: skip


def _label(value: object) -> str:
    if callable(value):
        return str(getattr(value, "__name__", value))
    if isinstance(value, tuple):
        return str(value[0])
    return str(value) or "accepted"


def _conflicts(world: World) -> list[tuple[str, str]]:
    """Pairs of claims of unrelated sessions that overlap: invariant 1, looked at without the index."""
    from gitcoord.policy.scope import overlap

    state = world.saved()
    held = [(one, claim.of(state, one.id)) for one in session.every(state)]
    return [
        (one.id, other.id)
        for one, items in held
        for other, others in held
        if one.id < other.id and not one.related(other.id) and not other.related(one.id)
        for item in items
        for against in others
        if not (item.shared and against.shared) and any(overlap(a, b) for a in item.scopes for b in against.scopes)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("situation", "operation", "reason"), TABLE, ids=_label)
def test_verdict(
    world: World, situation: Callable[[World], None], operation: tuple[str, dict[str, Any]], reason: str
) -> None:
    """The operation gets this verdict in this situation; a refused one changes nothing but counter and position."""
    situation(world)
    before = world.files()
    kind, data = operation
    verdict = world.do(ME, kind, data)
    assert verdict.reason == reason, verdict
    assert _conflicts(world) == []
    changed = {path for path, content in world.files().items() if before.get(path) != content}
    changed |= {path for path in before if path not in world.files()}
    position_of_me = {position.live_path(SessionId(ME)), position.ended_path(SessionId(ME))}
    if reason:
        assert changed <= {"meta.json"} | position_of_me
    numbers = (world.state.json("meta.json") or {})["operations"]
    assert numbers == sum(number for number, _ in world.logs.values()), "each operation has one number"


def test_verdict_says_who_holds_the_scope(world: World) -> None:
    """A claim refused as held names the claims in the way with their sessions."""
    theirs(world)
    assert world.do(ME, *claims(SRC)).detail == {"by": [[THEIRS, OTHER]]}


def test_late_release_names_the_taker_and_the_time(world: World) -> None:
    """Who lost a claim to a takeover is told by whom and when, at its release and at its renewal."""
    taken(world)
    told = {"claim": MINE, "by": OTHER, "time": world.time}
    assert world.do(ME, *releases(MINE, SRC)).detail == told
    assert world.do(ME, *renews(MINE)).detail == told
    (_, item), *_ = notice.to(world.state, SessionId(ME))
    assert (item["evidence"], item["why"]) == ("override", "needed")


def test_claim_is_all_or_nothing(world: World) -> None:
    """Of a claim with one scope in somebody's way none is granted."""
    theirs(world)
    world.do(ME, *claims(DOCS, SRC))
    assert claim.of(world.state, SessionId(ME)) == []
    world.start(THIRD)
    assert world.do(THIRD, *claims(DOCS)).accepted


def test_a_retired_session_holds_nothing(world: World) -> None:
    """What it held is free for anybody, and nothing of it is left in the index."""
    theirs(world)
    assert world.do(ME, *retires("process", OTHER)).accepted
    assert not world.state.has("claims")
    assert world.do(ME, *claims(SRC)).accepted


def test_take_ends_only_what_overlaps_what_is_wanted(world: World) -> None:
    """The victim keeps its other scopes under its own token; it is told what it lost, and nothing more."""
    _other(world, {"file": "src/a.py"}, {"glob": "src/*.md"}, DOCS, {"name": "slot:a"})
    before = claim.of(world.state, SessionId(OTHER))[0]
    assert world.do(ME, *takes("override", scope={"file": "src/A.py"}), claim=MINE).accepted
    (left,) = claim.of(world.state, SessionId(OTHER))
    assert [scope.text for scope in left.scopes] == ["src/*.md", "docs", "slot:a"]
    assert (left.token, left.until, left.why) == (before.token, before.until, before.why)
    (won,) = claim.of(world.state, SessionId(ME))
    assert won.token > before.token
    ((_, told),) = notice.to(world.state, SessionId(OTHER))
    assert (told["what"], told["claims"], told["scopes"]) == ("taken", [THEIRS], [{"file": "src/a.py"}])
    assert _conflicts(world) == []
    world.start(THIRD)
    assert world.do(THIRD, *claims(DOCS)).reason == "held"
    assert world.do(OTHER, *renews(THEIRS)).accepted
    assert world.do(OTHER, *releases(THEIRS, {"file": "src/a.py"})).reason == "taken"
    assert world.do(OTHER, *releases(THEIRS, {"file": "src/a.py"}, DOCS, {"glob": "src/*.md"})).accepted
    assert [scope.text for item in claim.of(world.state, SessionId(OTHER)) for scope in item.scopes] == ["slot:a"]


def test_take_that_wants_nothing_of_a_claim_ends_nothing_of_it(world: World) -> None:
    """Naming a claim that is not in the way, or shares what is wanted shared, takes nothing and tells nobody."""
    _other(world, DOCS, shared=True)
    assert world.do(ME, *takes("override", scope=SRC)).accepted
    kind, data = takes("override", scope={"file": "docs/a"})
    assert world.do(ME, kind, {**data, "shared": True}).accepted
    assert [scope.text for item in claim.of(world.state, SessionId(OTHER)) for scope in item.scopes] == ["docs"]
    assert notice.to(world.state, SessionId(OTHER)) == []


def test_take_spares_a_claim_of_another_session_with_the_same_id(world: World) -> None:
    """Naming a claim of one session does not end, nor look past, a claim of another that was given the same id."""
    theirs(world)
    world.start(THIRD)
    world.claim(THIRD, THEIRS, {"directory": "elsewhere"})
    verdict = world.do(ME, *takes("process", THEIRS, THIRD))
    assert verdict.reason == "held"
    assert [item.scopes[0].text for item in claim.of(world.state, SessionId(OTHER))] == ["src"]


def test_names_stand_as_written_in_the_record_and_folded_in_the_index(world: World) -> None:
    """The index has one directory for all spellings of a path; what was written is told, also from the index."""
    _other(world, {"file": "src/README.md"}, {"glob": "Docs/*.TXT"}, {"name": "slot:Deploy"}, {"directory": "plain"})
    index = [path.replace(f"{THEIRS}.{OTHER}", "ID") for path in world.state.walk("claims")]
    assert index == [
        "claims/names/+slot/+deploy/=/ID",
        "claims/paths/+docs/=/ID.glob",
        "claims/paths/+plain/=/ID",
        "claims/paths/+src/+readme.md/=/ID.file",
    ]
    for asked in ({"file": "SRC/readme.md"}, {"file": "docs/a.txt"}, {"name": "slot:DEPLOY"}, {"file": "PLAIN/x"}):
        (standing,) = claim.overlapping(world.state, Scope.from_json(asked))
        assert standing.scope.text in ("src/README.md", "Docs/*.TXT", "slot:Deploy", "plain")
    assert world.do(OTHER, *releases(THEIRS, {"file": "SRC/readme.MD"})).accepted
    assert [item.scopes[0].text for item in claim.of(world.state, SessionId(OTHER))] == ["Docs/*.TXT"]
    assert world.do(OTHER, "end").accepted
    assert not world.state.has("claims")


def test_second_operation_with_the_id_of_a_live_claim_leaves_the_index_right(world: World) -> None:
    """Two claims with one id: the second is refused, or what stands in the index is what the records say."""
    free(world)
    world.start(OTHER)
    world.claim(ME, MINE, SRC)
    world.do(ME, *claims(DOCS), claim=MINE)
    assert world.do(ME, "end").accepted
    assert world.state.names("claims") == []


def test_numbers_are_given_once_and_only_rise(world: World) -> None:
    """Each number of a name is given once; `from` skips, never goes back; names do not share numbers."""
    free(world)
    world.start(OTHER)

    def take(who: str, name: str, **data: int) -> int:
        return int(world.do(who, "number", {"name": name, **data}).detail["value"])

    got = [take(ME, "m"), take(OTHER, "m"), take(ME, "m", **{"from": 10}), take(OTHER, "m", **{"from": 3})]
    assert got == [1, 2, 10, 11]
    assert [take(ME, "a/b"), take(ME, "a%2Fb"), take(ME, "a"), take(ME, "..")] == [1, 1, 1, 1]


def test_a_repair_lifts_the_counter_and_lowers_it_never(world: World) -> None:
    """The next operation after a repair has a number above it; a repair to a number that was given is needless."""
    free(world)

    def given() -> int:
        return int((world.state.json("meta.json") or {})["operations"])

    assert world.do(ME, "repair", {"above": 100}).accepted
    assert given() == 100
    assert world.do(ME, *claims(SRC)).accepted
    assert given() == 101
    assert world.do(ME, "repair", {"above": 50}).reason == "needless"
    assert given() == 102


def test_rule_at_its_default_leaves_no_file(world: World) -> None:
    """The rules' file is there only while some rule differs from its default: the shims test for it."""
    free(world)
    world.do(ME, "rules", {"key": "person", "value": "warn"})
    assert world.state.has("rules.json")
    world.do(ME, "rules", {"key": "person", "value": "refuse"})
    assert not world.state.has("rules.json")


def test_release_remembers_where_only_what_was_held_landed(world: World) -> None:
    """A release that names scopes outside the claim leaves no record about them."""
    mine(world)
    world.do(ME, *releases(MINE, SRC, {"directory": "foreign"}, head="e" * 40))
    assert list(world.state.walk("release-points")) == ["release-points/paths/+src/="]


def test_future_time_of_a_session_lengthens_no_lease(world: World) -> None:
    """A session whose clock runs ahead is credited with the time of the sequencing commit, not its own."""
    from gitcoord.ledger import fold

    theirs(world)
    now, world.time = world.time, world.time + 10**6
    item = world.event(OTHER, "renew", {})
    world.time = now
    fold.merge(world.state, item, now, KINDS)
    assert position.read(world.state, SessionId(OTHER)).number == item.number
    other = session.read(world.state, SessionId(OTHER))
    assert other is not None
    assert other.last == now


def test_a_lease_runs_from_the_newest_operation(world: World) -> None:
    """Who did something while its clock was far ahead holds no longer than a lease after its next operation."""
    theirs(world)
    world.time = START + 10**8
    assert world.do(OTHER, "renew", {}).accepted
    world.time = START + 60
    assert world.do(OTHER, "renew", {}).accepted
    world.time = START + 60 + lease.LEASE
    assert world.do(ME, *takes("lease")).reason == "not_gone"
    world.time += 1
    assert world.do(ME, *takes("lease")).accepted


def ahead_by(world: World, seconds: int, clone: str = ABROAD) -> str:
    """Let OTHER hold src; its last operation is so many seconds ahead of the time. Returns its last event."""
    _other(world, SRC, clone=clone)
    world.time += seconds
    assert world.do(OTHER, "renew", {}).accepted
    world.time -= seconds
    return world.logs[OTHER][1]


def on_ahead(kind: str, tip: str) -> tuple[str, dict[str, Any]]:
    """Take src from OTHER, or retire OTHER, because its times are ahead; `tip` is the last event that was seen."""
    operation, data = takes("ahead") if kind == "take" else retires("ahead", OTHER)
    data["takes" if kind == "take" else "sessions"][0]["tip"] = tip
    return operation, data


@pytest.mark.parametrize("kind", ["take", "retire"])
@pytest.mark.parametrize("clone", ["here", ABROAD])
@pytest.mark.parametrize(("seconds", "reason"), [(lease.SKEW, "not_gone"), (lease.SKEW + 1, "")])
def test_who_is_ahead_of_everybody_by_more_than_the_skew_can_be_taken(
    world: World, kind: str, clone: str, seconds: int, reason: str
) -> None:
    """The skew counts within a clone, too: a clock that was set back a little says nothing of who lives."""
    tip = ahead_by(world, seconds, clone)
    assert world.do(ME, *on_ahead(kind, tip)).reason == reason


@pytest.mark.parametrize("kind", ["take", "retire"])
@pytest.mark.parametrize("event", ["renew", "message"])
def test_a_sign_of_who_is_ahead_makes_the_take_fail(world: World, kind: str, event: str) -> None:
    """A take names the last event that was seen: what was merged since, ahead again, shows that the holder lives."""
    tip = ahead_by(world, 10**6)
    world.time += 10**6
    if event == "renew":
        assert world.do(OTHER, "renew", {}).accepted
    else:
        position.advance(world.state, SessionId(OTHER), world.logs[OTHER][0] + 1, StoreOid("f" * 40), None)
    world.time -= 10**6
    assert world.do(ME, *on_ahead(kind, tip)).reason == "not_gone"
    assert world.do(ME, *on_ahead(kind, "")).reason == "not_gone"


@pytest.mark.parametrize(("clone", "reason"), [("third-clone", "not_gone"), ("here", "not_gone"), (ABROAD, "")])
def test_who_has_others_ahead_too_takes_nothing_as_ahead(world: World, clone: str, reason: str) -> None:
    """Where a session of another clone than the holder's is ahead of the taker as well, the taker's clock is behind."""
    tip = ahead_by(world, 10**6)
    world.time += 10**5
    world.start(THIRD, clone=clone)
    world.time -= 10**5
    assert world.do(ME, *on_ahead("take", tip)).reason == reason


# --- malformed and hostile payloads

READY, RUNNING, LOST, GRANT = "1" * 32, "2" * 32, "3" * 32, "4" * 32
HALTED = "9" * 32

VALID: dict[str, dict[str, Any]] = {
    "register": {
        "clone": "here", "name": "n", "role": "r", "capabilities": ["a"], "work": "w", "user": "u", "host": "h",
        "branch": "b", "worktree": "/w", "agent": "", "pid": 1, "terminal": "", "lease": 1800, "parent": OTHER,
    },
    "claim": {
        "scopes": [{"directory": "docs"}, {"glob": "*.md"}, {"name": "slot:a"}], "shared": False, "until": START + 100,
        "ends": [{"id": MINE, "scopes": [SRC]}], "branch": "main", "head": "e" * 40,
    },
    "release": {"claims": [{"id": MINE, "scopes": [SRC]}], "branch": "main", "head": "e" * 40},
    "renew": {"claims": [{"id": MINE, "until": START + 100}]},
    "take": {
        "scopes": [{"directory": "their"}], "shared": False, "until": START + 100, "branch": "main", "head": "e" * 40,
        "takes": [{"id": THEIRS, "session": OTHER, "evidence": "process"}], "ends": [],
    },
    "end": {"branch": "main", "head": "e" * 40},
    "retire": {"sessions": [{"id": OTHER, "evidence": "process"}]},
    "number": {"name": "m", "from": 3},
    "rules": {"key": "max-files", "value": 3},
    "bypass": {"commit": "f" * 40, "who": "w", "holders": [{"session": OTHER, "paths": ["a", "b"]}]},
    "repair": {"above": 100},
    "task-add": {
        "title": "t", "type": "x", "priority": "high", "to": {"session": OTHER, "name": "o"}, "needs": ["c"],
        "after": [READY], "after_any": [RUNNING], "scopes": [{"directory": "a"}], "timeout": 5, "deadline": START + 90,
        "attempts": 2, "backoff": 3, "not_before": START + 5, "payload": '{"a":[1.50]}', "asked": "help",
        "about": "f" * 40,
    },
    "task-next": {"type": "", "branch": "main", "head": "f" * 40},
    "task-take": {"id": READY, "branch": "main", "head": "f" * 40},
    "task-again": {"tasks": [{"id": LOST, "evidence": "process", "tip": "f" * 40}]},
    "task-keep": {"next": RUNNING, "id": READY},
    "task-update": {"id": RUNNING, "grant": GRANT, "progress": 5, "waiting": "w"},
    "task-done": {"id": RUNNING, "grant": GRANT, "result": "[]", "commit": "f" * 40, "evidence": "e", "head": "f" * 40,
                  "commits": ["c"], "files": ["f"]},
    "task-fail": {"id": RUNNING, "grant": GRANT, "error": "e", "final": True},
    "task-return": {"id": RUNNING, "grant": GRANT},
    "task-decline": {"id": READY},
    "task-cancel": {"id": LOST},
    "halt": {
        "type": "other", "severity": "fatal", "require": "r", "until": START + 90, "auto": True, "sessions": [OTHER],
        "scopes": [{"glob": "a/*.py"}],
    },
    "state": {
        "scope": "s", "changes": [{"op": "append", "key": "k", "path": "/0", "value": "[1.50]", "saw": "*"}],
        "policy": "manual", "clear": False, "saw": "*",
    },
    "state-rollback": {"scope": "s", "version": 1, "write": HALTED, "saw": "*"},
    "state-snapshot": {"scope": "s", "version": 1, "write": HALTED, "name": "first"},
    "export": {"name": "n", "scope": {"file": "a"}, "branch": "main", "head": "f" * 40},
    "decide": {"text": "t", "supersedes": HALTED},
    "workflow-start": {
        "title": "w", "stages": [
            {"id": "5" * 32, "stage": "a", "title": "t", "scopes": [{"directory": "s"}], "timeout": 5},
            {"id": "6" * 32, "stage": "b", "title": "t", "after": ["5" * 32], "on_complete": "merge",
             "to": {"role": "r"}, "instruction": "i"},
        ],
    },
    "workflow-cancel": {"workflow": HALTED},
    "workflow-retry": {"workflow": HALTED, "stage": "a"},
    "barrier": {
        "name": "n", "needs": [{"session": OTHER, "name": "o"}, {"role": "r"}, {"any": 2}], "then": "t",
        "until": START + 90,
    },
    "barrier-arrive": {"barrier": HALTED, "branch": "main", "head": "f" * 40},
    "barrier-cancel": {"barrier": HALTED},
    "team": {"name": "t", "members": [{"session": OTHER, "role": "builder"}], "seats": ["tester"]},
    "team-join": {"team": "n", "role": "tester"},
    "team-end": {"team": "n"},
    "resume": {"halts": [HALTED], "person": True},
    "halt-answer": {"halt": HALTED, "did": ["stopped"]},
    "handoff-offer": {
        "from": ME, "to": OTHER, "to_name": OTHER, "until": START + 1000, "reason": "manual", "tasks": [RUNNING],
        "claims": [{"id": MINE, "scopes": [SRC]}], "snapshot": "f" * 40, "branch": "b", "worktree": "w", "head": "h",
    },
    "handoff-accept": {"offer": HALTED, "branch": "main", "head": "f" * 40},
    "handoff-decline": {"offer": HALTED},
    "adopt": {
        "session": OTHER, "evidence": "process", "tip": "f" * 40, "branch": "main", "head": "f" * 40, "tasks": [LOST],
        "claims": [{"id": THEIRS, "scopes": [{"directory": "their"}]}],
    },
}  # fmt: skip

JUNK: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, float("nan"), 2**63, 10**400, "", "x" * 100_000, "\ud800", "\udcff",
    "\udcc3\udca9", "a\0b", "../..", ".git", "a\nb", "\x1b[2J", "ﬁ", [], [[]], [None], {}, {"directory": "src"}, {"": ""}, [{}],  # noqa: E501
    ["x"] * 1001,
    [{"directory": "a"}] * 501, [{"directory": f"d{n}"} for n in range(501)], [{"id": 1}], [{"file": "a", "glob": "*"}],
]  # fmt: skip


def _mutants(value: Any) -> Iterator[Any]:
    """`value` with one of its parts, however deep, replaced by junk."""
    if isinstance(value, dict):
        for key in value:
            yield {name: item for name, item in value.items() if name != key}
            for part in _mutants(value[key]):
                yield {**value, key: part}
    elif isinstance(value, list):
        for at, item in enumerate(value):
            for part in _mutants(item):
                yield [*value[:at], part, *value[at + 1 :]]
    yield from JUNK


def _tasks(world: World) -> None:
    """One task is ready, ME holds one with a scope, OTHER holds one."""
    for task, scopes in ((RUNNING, [{"directory": "r"}]), (LOST, []), (READY, [{"file": "f"}])):
        assert world.do(ME, "task-add", {"title": "t", "scopes": scopes}, claim=task).accepted
    assert world.do(ME, "task-take", {"id": RUNNING}, claim=GRANT).accepted
    assert world.do(OTHER, "task-take", {"id": LOST}).accepted


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(KINDS))
def test_hostile_payload_is_judged_never_an_exception(world: World, kind: str) -> None:
    """Whatever stands in a payload, the operation gets a verdict, no claims conflict and the tree stays sound."""
    world.start(OTHER)
    world.claim(OTHER, THEIRS, {"directory": "their"})
    if kind != "register":
        world.start(ME)
        world.claim(ME, MINE, SRC)
    if kind.startswith(("task-", "handoff-")) or kind == "adopt":
        _tasks(world)
    if kind in ("handoff-accept", "handoff-decline"):
        offered = {"claims": [{"id": THEIRS, "scopes": [{"directory": "their"}]}], "tasks": [LOST]}
        said = {"from": OTHER, "to": ME, "until": START + 1000, **offered}
        assert world.do(OTHER, "handoff-offer", said, claim=HALTED).accepted
    if kind.startswith("state"):
        change = {"op": "set", "key": "k", "value": "[[]]"}
        assert world.do(OTHER, "state", {"scope": "s", "changes": [change]}, claim=HALTED).accepted
    if kind in ("workflow-cancel", "workflow-retry"):
        stages = [{"id": "5" * 32, "stage": "a", "title": "t"}]
        assert world.do(OTHER, "workflow-start", {"title": "w", "stages": stages}, claim=HALTED).accepted
        assert world.do(OTHER, "task-cancel", {"id": "5" * 32}).accepted
    if kind.startswith("barrier-"):
        made = {"name": "n", "needs": [{"any": 1}], "then": "t"}
        assert world.do(OTHER, "barrier", made, claim=HALTED).accepted
    if kind.startswith("team-"):
        made = {"name": "n", "members": [{"session": OTHER, "role": "builder"}], "seats": ["tester"]}
        assert world.do(ME, "team", made, claim=HALTED).accepted
    if kind == "decide":
        assert world.do(OTHER, "decide", {"text": "before"}, claim=HALTED, why="w").accepted
    if kind in ("resume", "halt-answer"):
        assert world.do(OTHER, "halt", {}, claim=HALTED, why="w").accepted
    tree, logs = world.state.save(), dict(world.logs)
    trees = []
    for data in every(8, _mutants(VALID[kind])):
        if not isinstance(data, dict):
            continue  # no object at all: that is for the decoder, below
        world.state = type(world.state)(world.objects, tree)
        world.logs = copy.copy(logs)
        verdict = world.do(ME, kind, data, why="why")
        assert verdict.encode().encode("utf-8", "surrogateescape")
        trees.append(world.state.save())
        assert _conflicts(world) == [], data
    world.state = type(world.state)(world.objects, tree)
    world.logs = copy.copy(logs)
    assert world.do(ME, kind, VALID[kind], why="why").accepted, "the payload that was mutated was right"
    checked = subprocess.run(
        ["git", "-C", str(world.objects.directory.parent), "fsck", "--strict", "--no-dangling", *trees[:50]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


MALFORMED: list[tuple[str, dict[str, Any] | str]] = [
    ("claim", {}),
    ("claim", {"scopes": []}),
    ("claim", {"scopes": {"directory": "a"}}),
    ("claim", {"scopes": [{"directory": ""}]}),
    ("claim", {"scopes": [{"directory": "/a"}]}),
    ("claim", {"scopes": [{"directory": "a/"}]}),
    ("claim", {"scopes": [{"directory": "a/../b"}]}),
    ("claim", {"scopes": [{"directory": "./a"}]}),
    ("claim", {"scopes": [{"directory": "a//b"}]}),
    ("claim", {"scopes": [{"directory": "a/.git/x"}]}),
    ("claim", {"scopes": [{"directory": "a\0"}]}),
    ("claim", {"scopes": [{"directory": "x" * 5000}]}),
    ("claim", '{"scopes":[{"directory":"\\ud800"}]}'),
    ("claim", '{"scopes":[{"directory":"\\udcc3\\udca9"}]}'),
    ("claim", {"scopes": [{"glob": "a"}]}),
    ("claim", {"scopes": [{"glob": "a["}]}),
    ("claim", {"scopes": [{"name": "deploy"}]}),
    ("claim", {"scopes": [{"name": "Slot:a"}]}),
    ("claim", {"scopes": [{"name": "slot:" + "x" * 300}]}),
    ("claim", {"scopes": [{"mailbox": "a"}]}),
    ("claim", {"scopes": [{"path": "a"}]}),
    ("claim", {"scopes": [{"file": "."}]}),
    ("claim", {"scopes": [{"file": "a/"}]}),
    ("claim", {"scopes": [SRC], "shared": 1}),
    ("claim", {"scopes": [SRC], "until": True}),
    ("claim", {"scopes": [SRC], "until": 1.0}),
    ("claim", {"scopes": [SRC], "until": -1}),
    ("claim", {"scopes": [SRC], "until": 10**300}),
    ("claim", {"scopes": [SRC], "ends": [{"id": 5, "scopes": [SRC]}]}),
    ("claim", {"scopes": [SRC], "ends": [{"id": MINE}]}),
    ("claim", {"scopes": [SRC], "head": ["x"]}),
    ("claim", {"scopes": [{"directory": f"d/{n}"} for n in range(501)]}),
    ("release", {"claims": "all"}),
    ("release", {"claims": [{"id": MINE, "scopes": []}]}),
    ("renew", {"claims": [{"id": MINE, "until": "tomorrow"}]}),
    ("renew", {"claims": [MINE]}),
    ("renew", '{"claims":[{"id":"\\ud800","until":5}]}'),
    ("take", {"scopes": [SRC], "takes": [{"id": THEIRS, "session": OTHER}]}),
    ("take", {"scopes": [SRC], "takes": [{"id": THEIRS, "session": OTHER, "evidence": ["lease"]}]}),
    ("retire", {"sessions": [{"id": [OTHER], "evidence": "lease"}]}),
    ("retire", {"sessions": [OTHER]}),
    ("number", {"name": "x" * 201}),
    ("number", {"name": "x", "from": True}),
    ("number", '{"name":"x","from":1' + "0" * 4000 + "}"),
    ("number", '{"name":"\\ud800"}'),
    ("bypass", {"commit": 5}),
    ("bypass", {"commit": "f", "holders": [{"session": OTHER, "paths": "src"}]}),
]


@pytest.mark.parametrize(("kind", "data"), MALFORMED, ids=lambda value: str(value)[:60])
def test_malformed_payload_is_refused_as_such(world: World, kind: str, data: dict[str, Any] | str) -> None:
    """A payload that is not what its kind asks for is refused as malformed, with a reason in words."""
    theirs(world)
    world.claim(ME, MINE, DOCS)
    verdict = world.do(ME, kind, data)
    assert verdict.reason == "malformed"
    assert verdict.detail["why"]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        "[]",
        "null",
        "7",
        "{",
        "",
        '{"a":1' + "0" * 5000 + "}",
        '{"a":1,"a":1}',
        '{"a":NaN}',
    ],
    ids=[
        "deep list",
        "deep object",
        "list",
        "null",
        "number",
        "torn",
        "empty",
        "giant number",
        "twice",
        "not a number",
    ],
)
def test_payload_outside_of_the_schema_is_refused_as_malformed(world: World, text: str) -> None:
    """What is not a JSON object of sane depth and numbers is refused, and the session goes on."""
    free(world)
    verdict = world.do(ME, "claim", text)
    assert verdict.reason == "malformed"
    assert verdict.detail["why"].startswith("the payload is not")
    assert world.do(ME, *claims(SRC)).accepted


@pytest.mark.parametrize(
    "text",
    ['{"scopes":[' + ",".join(['{"directory":"a"}'] * 1_000_000) + "]}", '{"x":"' + "y" * limits.EVENT_BYTES + '"}'],
    ids=["million scopes", "1 MB"],
)
def test_commit_that_is_too_large_is_not_an_event(world: World, text: str) -> None:
    """The log of a session ends before an event that is larger than the schema allows."""
    free(world)
    with pytest.raises(TooLarge):
        world.event(ME, "claim", text)


def test_million_scopes_in_the_fold_are_malformed(world: World) -> None:
    """Should a larger event ever be let through, the fold itself refuses its million scopes."""
    from gitcoord import dataclass
    from gitcoord.ledger import fold

    free(world)
    item = world.event(ME, "claim", {})
    big = dataclass.replace(item, data={"scopes": [{"directory": f"d{n}"} for n in range(1_000_000)]})
    judged = fold.merge(world.state, big, world.time, KINDS)
    assert judged is not None
    assert judged[1].reason == "malformed"


BAD_SESSIONS = ["", "x", "A-00000001", "a-0000000G", "../../x-00000001", "a/b-00000001", "a b-00000001", "é-00000001",
                ".git", "a--b-00000001", "-00000001", "x" * 60 + "-00000001", "a-00000001\ud800"]  # fmt: skip


@pytest.mark.parametrize("bad", BAD_SESSIONS)
def test_session_with_a_bad_id_never_lives(world: World, bad: str) -> None:
    """An id that could not be a session's is no event or is refused; it leaves no odd name in the tree."""
    try:
        verdict = world.do(bad, "register", {"clone": "here"})
    except (Unreadable, UnicodeEncodeError):
        pass
    else:
        assert verdict.reason == "malformed"
    assert list(session.live_ids(world.saved())) == []
    checked = subprocess.run(
        ["git", "-C", str(world.objects.directory.parent), "fsck", "--strict", "--no-dangling", world.state.save()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("bad", ["A" * 32, "g" * 32, "a/../../../../../../../../../../xx"[:32], "a" * 31, "." * 32])
def test_claim_with_a_bad_id_is_no_event(world: World, bad: str) -> None:
    """An event id that is not 32 hex digits would be a path of its own, or unseen in the index: no event."""
    free(world)
    with pytest.raises(Unreadable):
        world.event(ME, "claim", {"scopes": [SRC]}, claim=bad)


@pytest.mark.parametrize("number", ["01", "+1", " 1", "1_0", "１", "1.0", "-1", "0x1", "", "9" * 5000])
def test_event_number_is_plain_digits(world: World, number: str) -> None:
    """`Coord-Number` has one spelling: what only some programs read as a number is no event."""
    from gitcoord.kernel.objects import EMPTY_TREE
    from gitcoord.ledger import commit, event

    trailers = (
        ("Coord-Event", "end"), ("Coord-Session", ME), ("Coord-Number", number), ("Coord-Id", MINE)
    )  # fmt: skip
    content = commit.Commit(EMPTY_TREE, (), ME, "t@example.com", START, "x", "", trailers).encode()
    with pytest.raises(Unreadable):
        event.decode(StoreOid("0" * 40), content)
