"""`metrics`: what it counts, and over what time. A clock under control makes hours pass."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.board import metrics
from gitcoord.domain.board.figure import Choice
from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import release, renew
from gitcoord.domain.history import feed
from gitcoord.domain.message import inbox, send
from gitcoord.domain.message import record as message
from gitcoord.domain.message.record import Letter
from gitcoord.domain.session import end, retire, start
from gitcoord.domain.session import record as session
from gitcoord.ledger.event import Draft
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from conftest import ManualClock, Repo

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

HOUR = 3600


def session_of(workspace: Workspace, name: str, *, lease: int = 1800) -> Session:
    """Start a session."""
    started = start.start(workspace, start.Request(name=name, lease=lease))
    found = session.read(workspace.ledger.state(), started.session)
    assert found is not None
    return found


@pytest.fixture
def alice(workspace: Workspace) -> Session:
    """A session with a long lease."""
    return session_of(workspace, "alice", lease=30 * 24 * HOUR)


@pytest.fixture
def bob(workspace: Workspace) -> Session:
    """Another one."""
    return session_of(workspace, "bob", lease=30 * 24 * HOUR)


def take(workspace: Workspace, who: Session, *paths: str, **how: Any) -> str:
    """Claim paths; how it went."""
    scopes = tuple(Scope("directory", path) for path in paths)
    return claim.acquire(workspace, who, claim.Request(scopes, **how)).result


def give(workspace: Workspace, who: Session, *paths: str) -> None:
    """Release paths."""
    release.release(workspace, who, tuple(Scope("directory", path) for path in paths), "", everything=False)


def test_claims_are_counted_and_how_long_they_were_held(
    workspace: Workspace, clock: ManualClock, alice: Session, bob: Session
) -> None:
    """The median of those that are over; one that is given back in parts lasts until the last part."""
    assert metrics.measure(workspace).claims == metrics.Contention(0, 0, 0, 0, None)
    take(workspace, alice, "a", "b")
    take(workspace, bob, "c")
    clock.pass_by(100)
    give(workspace, alice, "a")
    assert metrics.measure(workspace).claims == metrics.Contention(2, 0, 0, 0, None)
    clock.pass_by(100)
    give(workspace, alice, "b")
    assert metrics.measure(workspace).claims.held == 200
    clock.pass_by(400)
    give(workspace, bob, "c")
    assert metrics.measure(workspace).claims.held == 400  # of 200 and 600
    assert take(workspace, alice, "a") == "won"
    assert metrics.measure(workspace).operations == {"claim": 3, "register": 2, "release": 3}


def test_a_claim_is_held_no_longer_than_its_deadline(
    workspace: Workspace, clock: ManualClock, alice: Session, bob: Session
) -> None:
    """What was taken over an hour later was held until its deadline, or until where a renewal moved that."""
    take(workspace, alice, "a", ttl=60)
    clock.pass_by(HOUR)
    assert take(workspace, bob, "a") == "won"
    found = metrics.measure(workspace).claims
    assert (found.granted, found.takeovers, found.overrides, found.held) == (2, 1, 0, 60)
    take(workspace, alice, "b", ttl=60)
    renew.renew(workspace, alice, (Scope("directory", "b"),), 180)
    clock.pass_by(HOUR)
    assert take(workspace, bob, "b") == "won"
    assert metrics.measure(workspace).claims.held == 120  # of 60 and 180


def test_an_override_is_no_takeover(workspace: Workspace, clock: ManualClock, alice: Session, bob: Session) -> None:
    """It is counted for itself, and ends the claim of the one who was overridden."""
    take(workspace, alice, "a")
    clock.pass_by(50)
    assert take(workspace, bob, "a", override=True, why="urgent") == "won"
    found = metrics.measure(workspace).claims
    assert (found.granted, found.takeovers, found.overrides, found.held) == (2, 0, 1, 50)


def test_only_what_lost_a_race_counts_as_refused(workspace: Workspace, alice: Session, bob: Session) -> None:
    """A claim that is recorded although somebody holds it is refused by the ledger; a foreseen one is not recorded."""
    take(workspace, alice, "a")
    assert take(workspace, bob, "a") == "refused"
    assert metrics.measure(workspace).claims.refused == 0
    workspace.ledger.record(
        bob.id, Draft("claim", "claim a", {"scopes": [{"directory": "a"}], "branch": "", "head": ""})
    )
    found = metrics.measure(workspace)
    assert (found.claims.granted, found.claims.refused, found.operations["claim"]) == (1, 1, 1)


def test_sessions_are_counted_by_how_they_are_and_how_they_ended(
    workspace: Workspace, clock: ManualClock, alice: Session, bob: Session
) -> None:
    """Completion is the share of those that ended by themselves; their claims are over with them."""
    first = metrics.measure(workspace).sessions
    assert first == metrics.Attendance(active=2, idle=0, gone=0, ended=0, retired=0, completion=None)
    crashed = session_of(workspace, "crashed", lease=60)
    take(workspace, crashed, "c")
    take(workspace, bob, "b")
    clock.pass_by(HOUR)
    now = metrics.measure(workspace).sessions
    assert (now.active, now.idle, now.gone) == (0, 2, 1)
    end.end(workspace, bob, "")
    retire.retire(workspace, alice, (crashed.id,), every_gone=False)
    found = metrics.measure(workspace)
    assert found.sessions == metrics.Attendance(active=1, idle=0, gone=0, ended=1, retired=1, completion=0.5)
    assert found.claims.held == HOUR


def test_requests_are_answered_by_the_first_acknowledgement(
    workspace: Workspace, clock: ManualClock, alice: Session, bob: Session
) -> None:
    """The sender's own does not count; messages that ask for nothing are only messages."""
    asked = send.send(workspace, bob, "all", Letter("one?", wants_ack=True))
    send.send(workspace, bob, "alice", Letter("two?", wants_ack=True))
    send.send(workspace, bob, "alice", Letter("three"))
    clock.pass_by(10)
    with feed.opened(workspace) as chronicle:
        own = message.acknowledgement(feed.message_of(workspace, chronicle, asked.id), "bob", "done?")
    workspace.ledger.append(bob.id, lambda _: [own])
    clock.pass_by(20)
    inbox.acknowledge(workspace, alice, asked.id, "")
    clock.pass_by(30)
    carol = session_of(workspace, "carol")
    inbox.acknowledge(workspace, carol, asked.id, "")
    found = metrics.measure(workspace)
    assert (found.messages, found.requests) == (3, metrics.Delays(2, 1, 30.0))


def test_a_wait_lasts_until_its_session_claims(
    workspace: Workspace, clock: ManualClock, alice: Session, bob: Session
) -> None:
    """Waits that were given up are counted, and have no length."""
    draft = Draft("waiting", "wait for a", {"scopes": [{"directory": "a"}], "until": clock.now() + HOUR})
    workspace.ledger.append(alice.id, lambda _: [draft])
    workspace.ledger.append(bob.id, lambda _: [draft])
    clock.pass_by(40)
    take(workspace, alice, "a")
    assert metrics.measure(workspace).waits == metrics.Delays(2, 1, 40.0)


def test_since_leaves_out_what_was_before(workspace: Workspace, clock: ManualClock, alice: Session) -> None:
    """Events, claims that were over and sessions that had ended before the time are not counted."""
    began = clock.now()
    over = session_of(workspace, "over")
    take(workspace, alice, "a")
    clock.pass_by(10)
    give(workspace, alice, "a")
    send.send(workspace, alice, "all", Letter("early", wants_ack=True))
    end.end(workspace, over, "")
    assert metrics.measure(workspace).since == began
    clock.pass_by(HOUR)
    late = clock.now()
    take(workspace, alice, "b")
    found = metrics.measure(workspace, Choice(late))
    assert (found.since, found.operations, found.messages) == (late, {"claim": 1}, 0)
    assert (found.claims.granted, found.claims.held, found.requests.count) == (1, None, 0)
    assert (found.sessions.ended, found.sessions.active) == (0, 1)


def test_a_malformed_operation_stops_no_counting(workspace: Workspace, alice: Session) -> None:
    """What somebody else wrote wrongly was refused, and is passed over."""
    workspace.ledger.record(alice.id, Draft("claim", "claim nothing", {"scopes": "none"}))
    workspace.ledger.record(alice.id, Draft("take", "take nothing", {"takes": [7]}))
    found = metrics.measure(workspace)
    assert (found.claims.granted, found.claims.refused) == (0, 2)
    assert session.read(workspace.ledger.state(), alice.id) is not None


def test_metrics_for_people_and_programs(repo: Repo) -> None:
    """A line for each figure; JSON with the documented fields; a time that is none is a usage error."""
    me = repo.start("alice")
    repo.here("claim", "src/a.py", session=me, check=True)
    repo.here("send", "all", "hello", "--ack", session=me, check=True)
    lines = repo.here("metrics", check=True).out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "since", "sessions", "claims", "waits", "messages", "requests", "operations",
    ]  # fmt: skip
    assert lines[5].split(maxsplit=1)[1] == "1, of which 0 acknowledged"
    found = repo.here("metrics", "--since", "2h", "--json", check=True).json
    assert found["operations"] == {"claim": 1, "register": 1}
    assert found["sessions"]["completion"] is None
    assert datetime.fromisoformat(found["since"]) <= datetime.now(UTC)
    assert repo.here("metrics", "--since", "yesterday-ish").status == 2


def test_metrics_of_a_session_a_role_and_a_type(repo: Repo) -> None:
    """By `--of` and `--role` only what those sessions did is counted, by `--type` only tasks and requests of it."""

    def made(name: str, role: str) -> str:
        return str(repo.here("start", name, "--role", role, "--json", check=True).json["session"])

    def measured(*words: str) -> dict[str, Any]:
        return repo.here("metrics", *words, "--json", check=True).json

    def work(*words: str) -> dict[str, tuple[int, int]]:
        return {item["what"]: (item["count"], item["open"]) for item in measured(*words)["work"]}

    ann, bob = made("ann", "builder"), made("bob", "checker")
    repo.here("claim", "src/a.py", session=ann, check=True)
    repo.here("claim", "src/b.py", session=bob, check=True)
    repo.here("release", "src/b.py", session=bob, check=True)
    repo.here("claim", "docs", session=bob, check=True)
    repo.here("send", "bob", "a question", "--ack", session=ann, check=True)
    for kind, me in (("build", ann), ("docs", ann), ("docs", bob)):
        repo.here("task", "add", kind, "--type", kind, session=me, check=True)
    repo.here("task", "next", "--type", "build", session=bob, check=True)
    repo.here("ask", "ann", "help me", session=bob, check=True)
    repo.here("handoff", "offer", ann, session=bob, check=True)
    everything = measured()
    assert (everything["claims"]["granted"], everything["messages"]) == (3, 3)
    assert work() == {"tasks": (3, 3), "requests (help)": (1, 1), "handoffs": (1, 1)}
    for words in (["--of", "ann"], ["--of", ann], ["--role", "builder"], ["--of", "ann", "--role", "builder"]):
        found = measured(*words)
        assert (found["claims"]["granted"], found["claims"]["held"], found["messages"]) == (1, None, 1), words
        assert (found["requests"]["count"], found["sessions"]["active"]) == (1, 1), words
        assert found["operations"] == {"claim": 1, "register": 1, "task-add": 2}, words
    assert work("--of", "bob") == {"tasks": (2, 2), "requests (help)": (1, 1), "handoffs": (1, 1)}, "it holds one"
    assert work("--of", "ann") == {"tasks": (2, 2), "handoffs": (1, 1)}, "it was offered one"
    assert work("--type", "docs") == {"tasks": (2, 2)}
    assert work("--type", "help") == {"requests (help)": (1, 1)}
    assert work("--type", "docs", "--role", "checker") == {"tasks": (1, 1)}
    assert measured("--role", "nobody")["operations"] == {}
    assert measured("--of", "bob", "--role", "builder")["claims"]["granted"] == 0
    never = repo.here("metrics", "--of", "nobody", "--json")
    assert (never.status, never.json["reason"]) == (1, "not_found")
    lines = repo.here("log", "--role", "checker", "--kind", "claim", check=True).out
    assert ("docs" in lines, "src/a.py" in lines) == (True, False)
    assert repo.here("log", "--role", "nobody", check=True).out == ""


def test_metrics_starts_no_session(repo: Repo) -> None:
    """Counting leaves nothing behind."""
    assert repo.coord("metrics", "--json", check=True).json["sessions"]["active"] == 0
    assert repo.git("for-each-ref", "refs/coord/sessions") == ""
