"""Agreement at the hub: who wins, what is answered, and what stays when the hub or a client is away."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest
from support.waiting import until

from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import record as session
from gitcoord.kernel import lock
from gitcoord.kernel.clock import SystemClock
from gitcoord.policy.ids import SessionId
from gitcoord.policy.moment import Moment

from .conftest import LEDGER, joined, make_clone

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub, Repository


def outcome(answer: dict[str, Any]) -> tuple[Any, Any]:
    """Result and whether it is confirmed."""
    return answer.get("result"), answer.get("confirmed")


def test_a_claim_is_confirmed_with_one_push(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A claim with nobody in the way is won, confirmed and has a token; ledger and announcement arrive together."""
    one, _ = pair
    alice = one.start("alice")
    log = hub.top.parent / "pushes"
    hub.hook("post-receive", f"cat >>{log}; echo end >>{log}")
    one.won(alice, "src/a.py")
    pushes = log.read_text().split("end\n")[:-1]
    assert len(pushes) == 1
    assert "refs/coord/ledger" in pushes[0]
    assert "refs/coord/clones/" in pushes[0]
    assert hub.ledger == one.ledger == one.confirmed


def together(clones: list[Clone], paths: list[str]) -> list[dict[str, Any]]:
    """Claim one path in each clone, at the same moment, in processes of their own; returns the answers."""
    sessions = [clone.start(f"s{number}") for number, clone in enumerate(clones)]
    running = [
        clone.spawn("claim", path, "--json", session=session)
        for clone, session, path in zip(clones, sessions, paths, strict=True)
    ]
    return [json.loads(process.communicate(timeout=60)[0]) for process in running]


def test_three_clones_claim_the_same_path_at_once(clones: list[Clone]) -> None:
    """Exactly one wins, confirmed; the others are refused, and told who it is."""
    for turn in range(3):
        path = f"same/{turn}"
        answers = together(clones, [path] * 3)
        winners = [number for number, answer in enumerate(answers) if outcome(answer) == ("won", True)]
        assert len(winners) == 1, answers
        for number, answer in enumerate(answers):
            if number not in winners:
                assert answer["result"] == "refused", answer
                assert [item["held"]["name"] for item in answer["conflicts"]] == [f"s{winners[0]}"]


@pytest.mark.slow
def test_three_clones_claim_different_paths_at_once(clones: list[Clone], hub: Hub) -> None:
    """All win, confirmed, each with a token of its own, and the ledger that they agree on is sound."""
    answers = together(clones, ["a", "b", "c"])
    assert [outcome(answer) for answer in answers] == [("won", True)] * 3
    assert len({answer["token"] for answer in answers}) == 3
    for clone in clones:
        clone.sync()
        assert clone.holders() == {"a": "s0", "b": "s1", "c": "s2"}
    assert {clone.ledger for clone in clones} == {hub.ledger}
    findings = clones[0].here("doctor", "--full", "--json").json["findings"]
    assert [item["ok"] for item in findings if item["name"] == "fold"] == [True]


def test_a_refusal_needs_a_fetch_made_after_asking(pair: tuple[Clone, Clone], monkeypatch: pytest.MonkeyPatch) -> None:
    """What another clone released meanwhile is won, although the last that was known here said that it is held."""
    one, two = pair
    monkeypatch.setattr("gitcoord.sync.habit.expects_others", lambda *_: False)  # so nothing is looked at beforehand
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    assert two.claim(bob, "f")["result"] == "refused"
    one.release(alice, "f")
    assert two.holders() == {"f": "alice"}
    two.won(bob, "f")


def test_release_end_and_rules_across_clones(pair: tuple[Clone, Clone]) -> None:
    """What one clone gives up or sets is so in the other after its next contact."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f", "g")
    two.won(bob, "h")
    one.here("rules", "max-files", "17", session=alice, check=True)
    one.release(alice, "f")
    two.won(bob, "f")
    assert two.here("rules", "--json", session=bob, check=True).json["rules"]["max-files"] == 17
    one.here("end", session=alice, check=True)
    two.won(bob, "g")
    assert two.holders() == dict.fromkeys("fgh", "bob")


def test_a_release_of_what_another_clone_holds_names_it(pair: tuple[Clone, Clone]) -> None:
    """Nobody gives up another session's claim, and whose it is is said."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    ran = two.here("release", "f", "--json", session=bob)
    assert (ran.status, ran.json["reason"]) == (1, "not_mine")
    assert "alice" in ran.json["message"]


@pytest.mark.slow
def test_numbers_are_unique_across_clones(clones: list[Clone]) -> None:
    """Numbers taken at the same moment in three clones are all different, and none is left out."""
    sessions = [clone.start(f"s{number}") for number, clone in enumerate(clones)]
    running = [
        clone.spawn("number", "migrations", "--json", session=session)
        for _ in range(2)
        for clone, session in zip(clones, sessions, strict=True)
    ]
    numbers = [json.loads(process.communicate(timeout=60)[0])["number"] for process in running]
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]


def test_insisting_on_an_absent_hub_leaves_nothing_behind(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """`--confirmed` with the hub away ends with 3, reason offline; no ref and nobody's claim has changed."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    hub.away()
    before = one.refs()
    ran = one.here("claim", "g", "--confirmed", "--json", session=alice)
    assert (ran.status, ran.json["reason"], ran.json["hub"]) == (3, "offline", "offline")
    assert outcome(ran.json) == ("unknown", False)
    assert one.refs() == before
    hub.back()
    one.forget_away()
    one.sync()
    assert one.holders() == {"f": "alice"}


def test_insisting_succeeds_with_the_hub_there(pair: tuple[Clone, Clone]) -> None:
    """`--confirmed` with the hub there is an ordinary claim; what is held is refused."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    assert outcome(one.here("claim", "f", "--confirmed", "--json", session=alice).json) == ("won", True)
    assert two.here("claim", "f", "--confirmed", "--json", session=bob).status == 1


def test_a_token_is_that_of_the_confirmed_claim(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Where another process meets the hub after a command looked at its claim, the token told is the hub's number."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    hub.away()
    one.claim(alice, "g")
    seen = one.workspace(SystemClock())
    state = seen.ledger.state()
    holder = session.read(state, SessionId(alice))
    assert holder is not None
    (item,) = claim.of(state, SessionId(alice))
    assert [given.token for given in holding.granted(seen, item, holder)] == [None]
    hub.back()
    for path in ("x", "y"):
        two.won(bob, path)
    one.forget_away()
    one.sync()
    (told,) = one.here("claims", "g", "--json").json["claims"]
    assert told["token"] != item.token
    assert [given.token for given in holding.granted(seen, item, holder)] == [told["token"]]
    found = holding.describe(seen, item, holder, item.scopes[0], holding.Signs(seen))
    assert (found.token, found.confirmed) == (told["token"], True)


def test_a_push_that_fails_after_a_fetch_gives_the_claim_back(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """`--confirmed` where the hub is met but then takes nothing: unknown, status 3, and the claim does not stay."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    hub.hook("pre-receive", "exit 1")
    ran = one.here("claim", "g", "--confirmed", "--json", session=alice)
    assert (ran.status, ran.json["result"], ran.json["reason"]) == (3, "unknown", "offline")
    plain = one.here("claim", "g", "--confirmed", session=alice)
    assert (plain.status, plain.out) == (3, "")
    assert "error: the hub did not confirm the claim in time" in plain.err
    assert one.holders() == {"f": "alice"}
    hub.hook("pre-receive", "")
    one.sync()
    assert one.holders() == {"f": "alice"}
    assert hub.ledger == one.ledger


def test_provisional_until_the_hub_is_back(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Offline, a claim is won but not confirmed and has no token, wherever it is shown; a sync gives it one."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    hub.away()
    answer = one.claim(alice, "g")
    assert (outcome(answer), answer["token"], answer["hub"]) == (("won", False), None, "offline")
    assert [(item["token"], item["confirmed"]) for item in answer["claims"]] == [(None, False)]
    shown = {item["scope"]: item for item in one.here("claims", "--json").json["claims"]}
    assert (shown["g"]["token"], shown["g"]["confirmed"]) == (None, False)
    assert (shown["f"]["token"] is not None, shown["f"]["confirmed"]) == (True, True)
    assert "provisional" in one.here("claim", "k", session=alice).out
    hub.back()
    one.sync()
    shown = {item["scope"]: item for item in one.here("claims", "--json").json["claims"]}
    assert shown["g"]["confirmed"] is True
    assert isinstance(shown["g"]["token"], int)
    two.sync()
    assert two.holders() == dict.fromkeys("fgk", "alice")


@pytest.mark.parametrize("words", [("release", "--all"), ("end",)], ids=lambda words: words[0])
def test_a_provisional_claim_is_given_up_without_a_token(
    pair: tuple[Clone, Clone], hub: Hub, words: tuple[str, ...]
) -> None:
    """Only what the hub confirmed has a token to name when it is given up."""
    one, _ = pair
    alice = one.start("alice")
    token = one.won(alice, "f")
    hub.away()
    one.claim(alice, "g")
    given = one.here(*words, "--json", session=alice).json["released"]
    assert given == [{"scope": "f", "token": token}, {"scope": "g", "token": None}]


def test_the_next_claim_confirms_what_was_provisional(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """No sync is needed: the next command that meets the hub carries everything."""
    one, _ = pair
    alice = one.start("alice")
    hub.away()
    assert outcome(one.claim(alice, "f")) == ("won", False)
    hub.back()
    one.forget_away()
    one.won(alice, "g")
    assert all(item["confirmed"] for item in one.here("claims", "--json").json["claims"])


def test_the_loser_of_a_provisional_claim_is_told(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Both clones claim offline; who comes back last loses, reads so at its next command, and the guard refuses it."""
    one, two = pair
    two.here("init", "-q", check=True)  # hooks, too
    alice, bob = one.start("alice"), two.start("bob")
    hub.away()
    assert outcome(one.claim(alice, "f")) == outcome(two.claim(bob, "f")) == ("won", False)
    assert two.commit("f", session=bob).status == 0, "it is believed while nobody says otherwise"
    hub.back()
    one.sync()
    two.sync()
    told = two.here("claims", "--json", session=bob).json["warnings"]
    assert len(told) == 1
    assert "claim f" in told[0]
    assert two.here("claims", "--json", session=bob).json["warnings"] == [], "once is enough"
    refused = two.commit("f", session=bob)
    assert refused.status == 1
    assert "alice" in refused.err


def test_who_waits_for_the_verdict_is_answered_with_it(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A claim that loses the race while its command runs is answered refused, not told again as news."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    answer = two.claim(bob, "f")
    assert (answer["result"], answer["warnings"]) == ("refused", [])
    assert two.here("claims", "--json", session=bob).json["warnings"] == []


def test_the_loser_of_a_provisional_number_is_told(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A provisional number that the hub gives to somebody else is changed, and its session learns the new one."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    hub.away()
    assert one.here("number", "n", "--json", session=alice, check=True).json["number"] == 1
    assert two.here("number", "n", "--json", session=bob, check=True).json["number"] == 1
    hub.back()
    one.sync()
    two.sync()
    told = two.here("claims", "--json", session=bob).json["warnings"]
    assert len(told) == 1, told
    assert "number n" in told[0]
    assert "2" in told[0]
    assert one.here("claims", "--json", session=alice).json["warnings"] == []


def order(repository: Repository) -> list[str]:
    """The ids of all operations that a ledger lists, in its order."""
    lines = repository.git("log", "--first-parent", "--reverse", "--format=%B", LEDGER).splitlines()
    return [line.split(" ")[2] for line in lines if line.startswith("Coord-Verdict: ")]


def test_the_order_of_provisional_operations_is_kept(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """What two sessions of a clone did after one another offline has the same winners at the hub."""
    one, two = pair
    alice, bob = one.start("alice"), one.start("bob")
    hub.away()
    for number in range(3):
        one.claim(alice, f"f{number}")
        one.release(alice, f"f{number}")
        assert outcome(one.claim(bob, f"f{number}")) == ("won", False)
    seen = order(one)
    two.claim(two.start("carol"), "elsewhere")
    hub.back()
    two.sync()
    one.sync()
    assert one.here("claims", "--json", session=bob).json["warnings"] == []
    two.sync()
    assert two.holders() == {"f0": "bob", "f1": "bob", "f2": "bob", "elsewhere": "carol"}
    assert [name for name in order(hub) if name in seen] == seen


@pytest.mark.slow
def test_sessions_of_a_clone_share_pushes(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Three claims that wait for the same contact take one push: who waited finds its verdict, and asks no more."""
    one, _ = pair
    sessions = [one.start(f"s{number}") for number in range(3)]
    one.git("config", "coord.autosync", "false")
    log = hub.top.parent / "connections"
    for service in ("upload-pack", "receive-pack"):
        program = hub.top.parent / service
        program.write_text(f'#!/bin/sh\necho {service} >>{log}\nexec git-{service} "$@"\n')
        program.chmod(0o755)
        one.git("config", f"remote.origin.{service.replace('-', '')}", str(program))
    with lock.held(one.coord / "hub-lock", 5):
        running = [one.spawn("claim", session, "--json", session=session) for session in sessions]
        until(lambda: one.git("log", "--format=%B", LEDGER).count(" accepted\n") >= 6)
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in running]
    assert [outcome(answer) for answer in answers] == [("won", True)] * 3
    assert log.read_text().split() == ["receive-pack"]


def wrapper(directory: Path, *, before: bool) -> str:
    """A directory with a `git` that kills its parent before, or after, what it pushes has arrived."""
    real = shutil.which("git")
    directory.mkdir()
    program = directory / "git"
    push = "" if before else f'{real} "$@"'
    program.write_text(
        f'#!/bin/sh\nfor word in "$@"; do\n  if [ "$word" = push ]; then\n    {push}\n'
        f'    kill -9 $PPID\n    exit 1\n  fi\ndone\nexec {real} "$@"\n'
    )
    program.chmod(0o755)
    return str(directory)


def killed(clone: Clone, session: str, path: str, directory: Path, *, before: bool) -> None:
    """Claim a path in a process that is killed before or after its push."""
    place = wrapper(directory, before=before)
    process = clone.spawn("claim", path, "--json", session=session, PATH=f"{place}{os.pathsep}{clone.env['PATH']}")
    out, _ = process.communicate(timeout=60)
    assert process.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL, 1), out
    assert out == b""


def test_killed_between_push_and_confirmation(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """A client that dies after its push counted once: the next command finds it confirmed, and adds nothing."""
    one, two = pair
    alice = one.start("alice")
    killed(one, alice, "f", tmp_path / "bin", before=False)
    assert hub.ledger == one.ledger != one.confirmed
    answer = one.claim(alice, "f")
    assert outcome(answer) == ("won", True)
    assert hub.git("log", "--format=%B", LEDGER).split("\n").count("Coord-Event: claim") == 1
    assert two.claim(two.start("bob"), "f")["result"] == "refused"


def test_killed_before_the_push(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """A client that dies before its push left a provisional claim: any later command of the clone carries it."""
    one, two = pair
    alice, dave = one.start("alice"), one.start("dave")
    killed(one, alice, "f", tmp_path / "bin", before=True)
    one.won(dave, "g")
    text = hub.git("log", "--first-parent", "--format=%B", "refs/coord/ledger")
    assert text.count("\nclaim f") + text.startswith("claim f") == 1
    two.sync()
    assert two.holders() == {"f": "alice", "g": "dave"}


def test_killed_and_overtaken(pair: tuple[Clone, Clone], tmp_path: Path) -> None:
    """What a dead client never pushed and another clone got first is lost, and its session is told."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    killed(one, alice, "f", tmp_path / "bin", before=True)
    two.won(bob, "f")
    one.sync()
    assert any("claim f" in text for text in one.here("claims", "--json", session=alice).json["warnings"])
    assert one.holders() == {"f": "bob"}


def test_refused_by_way_of_another_clone(clones: list[Clone], hub: Hub) -> None:
    """What a clone announced and others sequenced is told to its session all the same if it lost."""
    one, two, three = clones
    alice, bob, carol = one.start("alice"), two.start("bob"), three.start("carol")
    hub.away()
    one.claim(alice, "f")
    hub.back()
    own = json.loads((one.coord / "clone").read_text())["id"]
    two.won(bob, "f")
    one.git("push", "-q", "origin", f"+{one.ledger}:refs/coord/clones/{own}")
    three.forget_others()
    three.won(carol, "g")  # was not up to date: looks at what everybody announced
    assert hub.git("log", "--first-parent", "--format=%B", "refs/coord/ledger").count("refused held") == 1
    one.sync()
    told = one.here("claims", "--json", session=alice).json["warnings"]
    assert ["claim f" in text for text in told] == [True]
    assert one.holders() == {"f": "bob", "g": "carol"}


def test_a_refusal_says_whether_it_is_the_hubs_word(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """With the hub in reach a refusal is confirmed; with the hub away it is not, and says how old the knowledge is."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    assert outcome(two.claim(bob, "f")) == ("refused", True)
    assert "as last known" not in two.here("claim", "f", session=bob).err
    met = int((two.coord / "hub-met").read_text()) - 100
    (two.coord / "hub-met").write_text(str(met))
    hub.away()
    answer = two.claim(bob, "f")
    assert (outcome(answer), answer["hub"], answer["reason"]) == (("refused", False), "offline", "held")
    assert answer["as_of"] == Moment(met).rfc3339()
    for words in (("claim", "f"), ("release", "f")):
        told = two.here(*words, session=bob).err
        assert f"; as last known at {Moment(met).clock()}, the hub is away\n" in told


def test_a_refusal_by_what_the_hub_does_not_know_is_not_its_word(tmp_path: Path, hub: Hub, env: dict[str, str]) -> None:
    """In a clone that brings the hub nothing a neighbour's claim refuses, and that is no word of the hub."""
    joined(tmp_path, "first", env, str(hub.top))
    one = make_clone(tmp_path, "one", env)
    assert one.join(str(hub.top), "--read-only").status == 0
    alice, bob = one.start("alice"), one.start("bob")
    assert outcome(one.claim(alice, "f")) == ("won", False)
    answer = one.claim(bob, "f")
    assert (outcome(answer), answer["hub"]) == (("refused", False), "ok")


def test_an_override_of_a_claim_that_is_heard_of_only_then(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Who insists gets it at once, although the claim in the way was not known here yet; who does not is refused."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    before = hub.ledger
    assert outcome(two.claim(bob, "f")) == ("refused", True)
    assert len(hub.git("rev-list", "--first-parent", f"{before}..{LEDGER}").splitlines()) <= 2
    one.won(alice, "g")
    answer = two.here("claim", "g", "--override", "-m", "it has to be", "--json", session=bob).json
    assert (outcome(answer), [item["name"] for item in answer["took_over"]]) == (("won", True), ["alice"])


def test_a_release_counts_although_only_this_clone_believes_in_a_takeover(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Offline bob overrides alice, who gives up; the hub refuses bob, and alice does not hold it unawares."""
    one, two = pair
    alice, bob, carol = one.start("alice"), one.start("bob"), two.start("carol")
    one.won(alice, "f")
    one.won(alice, "h")
    hub.away()
    assert outcome(one.here("claim", "f", "g", "--override", "-m", "x", "--json", session=bob).json) == ("won", False)
    answer = one.here("release", "f", "h", "--json", session=alice)
    assert (answer.status, answer.json["reason"]) == (3, "offline")
    assert "bob took it over" in answer.json["message"]
    assert one.holders() == {"f": "bob", "g": "bob"}
    hub.back()
    two.won(carol, "g")
    one.sync()
    two.sync()
    assert one.holders() == two.holders() == {"g": "carol"}


def test_a_release_of_what_the_hub_agrees_was_taken_is_refused(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Once the hub has confirmed the takeover the same release is refused, and says who; --all passes over it."""
    one, _ = pair
    alice, bob = one.start("alice"), one.start("bob")
    one.won(alice, "f")
    one.won(alice, "h")
    hub.away()
    one.here("claim", "f", "--override", "-m", "x", session=bob, check=True)
    hub.back()
    one.forget_away()
    answer = one.here("release", "f", "--json", session=alice)
    assert (answer.status, answer.json["reason"], "bob took it over" in answer.json["message"]) == (1, "not_mine", True)
    assert one.here("release", "--all", "--json", session=alice).json["released"] == [{"scope": "h", "token": 4}]
    assert one.holders() == {"f": "bob"}
    assert one.confirmed == hub.ledger == one.ledger


@pytest.mark.slow
def test_a_refusal_that_the_hub_has_not_confirmed_is_no_answer(clones: list[Clone], hub: Hub) -> None:
    """What another clone announced comes first, and then the hub goes away: unknown, and the claim is given back."""
    one, two, three = clones
    alice, bob, carol = one.start("alice"), two.start("bob"), three.start("carol")
    one.won(alice, "mine")
    two.sync()
    hub.away()
    assert outcome(two.claim(bob, "f")) == ("won", False)
    hub.back()
    announced, here = (json.loads((clone.coord / "clone").read_text())["id"] for clone in (two, one))
    two.git("push", "-q", str(hub.top), f"{LEDGER}:refs/coord/clones/{announced}")

    def rank(clone: str) -> str:
        return hashlib.sha256(f"{hub.ledger} {clone}".encode()).hexdigest()

    three.won(carol, "other")
    while rank(announced) > rank(here):
        three.here("renew", session=carol, check=True)
    gate = one.top / "receive-pack"
    gate.write_text(f'#!/bin/sh\nmkdir {one.top}/once 2>/dev/null && exec git-receive-pack "$@"\nexit 1\n')
    gate.chmod(0o755)
    one.git("config", "remote.origin.receivepack", str(gate))
    one.forget_others()
    ran = one.here("claim", "f", "--json", session=alice)
    assert (ran.status, ran.json["result"], ran.json["reason"]) == (3, "unknown", "offline")
    assert one.holders()["f"] == "bob"
    events = one.git("log", "-2", "--format=%(trailers:key=Coord-Event,valueonly)", f"refs/coord/sessions/{alice}/log")
    assert events.split() == ["release", "claim"]
    one.git("config", "--unset", "remote.origin.receivepack")
    one.sync()
    assert one.holders() == {"mine": "alice", "other": "carol", "f": "bob"}
