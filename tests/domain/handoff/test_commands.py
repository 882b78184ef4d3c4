"""Handing work over, and adopting it, as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Repo
    from support.programs import Ran


@pytest.fixture
def ana(repo: Repo) -> str:
    """A session."""
    return str(repo.here("start", "ana", "--json", check=True).json["session"])


@pytest.fixture
def bob(repo: Repo) -> str:
    """Another one."""
    return str(repo.here("start", "bob", "--json", check=True).json["session"])


def do(repo: Repo, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return repo.here(*words, "--json", session=session, check=True).json


def why(ran: Ran) -> tuple[int, str]:
    """Exit status and reason of a refusal, which has a message."""
    assert ran.json["message"]
    return ran.status, ran.json["reason"]


def held(repo: Repo, session: str) -> set[str]:
    """The scopes that a session holds."""
    return {one["scope"] for one in do(repo, session, "claims", "--mine")["claims"]}


def test_all_of_a_sessions_work_changes_hands(repo: Repo, ana: str, bob: str) -> None:
    """Claims, tasks and uncommitted work are the taker's; it is told all that one needs to go on."""
    do(repo, ana, "claim", "src", "-m", "the login")
    task = do(repo, ana, "task", "add", "mend it")["id"]
    do(repo, ana, "task", "take", task)
    do(repo, ana, "beat", "testing", "--progress", "40", "--next", "docs")
    repo.commit("src/a.py", message="half of it", session=ana, check=True)
    do(repo, bob, "send", ana, "a question")
    repo.write("src/b.py", "not committed\n")
    repo.write(".env", "KEY\n")
    there = repo.worktree("beside")
    offer = do(repo, ana, "handoff", "offer", "bob", "-m", "the tests are red\nlook at b.py")
    assert (offer["status"], offer["scopes"], offer["confirmed"]) == ("open", ["src"], True)
    assert [one["title"] for one in offer["tasks"]] == ["mend it"]
    assert ".env" in offer["warnings"][-1]
    assert held(repo, ana) == {"src"}, "until then nothing changes hands"
    mail = do(repo, bob, "inbox")["messages"]
    assert mail[-1]["subject"] == "offers you work: the tests are red"
    assert any(one["what"] == "offered" for one in do(repo, bob, "status")["attention"])
    taken = do(there, bob, "handoff", "accept", offer["id"][:8])
    told = do(repo, ana, "whoami")["warnings"]
    assert any("bob accepted what you offered" in line and "src" in line for line in told)
    assert (held(repo, ana), held(repo, bob)) == (set(), {"src"})
    assert do(repo, bob, "task", "show", task)["task"]["holder"] == bob
    work = taken["work"]
    assert taken["context"].splitlines() == ["the tests are red", "look at b.py"]
    assert (work["action"], work["progress"], work["next"]) == ("testing", 40, "docs")
    assert [one["subject"] for one in work["commits"]] == ["half of it"]
    assert "a question" in [one["subject"] for one in work["mail"]]
    assert (work["branch"], work["worktree"], work["files"]) == ("main", str(repo.top), ["src/b.py"])
    assert (there.top / "src/b.py").read_text() == "not committed\n"
    assert not (there.top / ".env").exists()
    late = repo.here("release", "src", "--json", session=ana)
    assert why(late) == (1, "not_mine")
    people = there.here("handoff", "show", offer["id"][:8], session=bob).out
    assert "accepted" in people


def test_taker_says_it_to_a_person(repo: Repo, ana: str, bob: str) -> None:
    """The answer without JSON names context, claims, tasks, files."""
    do(repo, ana, "claim", "src")
    repo.write("src/a.py", "mine\n")
    repo.write(".env", "secret\n")
    offer = do(repo, ana, "handoff", "offer", "bob", "-m", "go on")["id"]
    there = repo.worktree("beside")
    said = there.here("handoff", "accept", offer, session=bob, check=True).out
    for word in ("accepted from ana", "src", "go on", "restored: src/a.py", "it worked on main"):
        assert word in said, said
    assert "left out: .env" in said
    assert "--include" not in said, "that is for the giver to say"


def test_restore_at_an_accept_overwrites_nothing(repo: Repo, ana: str, bob: str) -> None:
    """A file that the taker changed stays, and is named; the handoff is done all the same."""
    do(repo, ana, "claim", "docs")
    repo.write("src/a.py", "ana's\n")
    repo.write("src/b.py", "ana's\n")
    offer = do(repo, ana, "handoff", "offer", "bob")["id"]
    there = repo.worktree("beside")
    there.write("src/a.py", "bob's\n")
    taken = do(there, bob, "handoff", "accept", offer)
    assert {one["path"]: one["file"] for one in taken["work"]["steps"]} == {"src/a.py": "changed", "src/b.py": "write"}
    assert (there.top / "src/a.py").read_text() == "bob's\n"
    assert held(repo, bob) == {"docs"}


def test_what_is_named_goes_and_the_rest_stays(repo: Repo, ana: str, bob: str) -> None:
    """With --claim or --task only that; a scope that is not held is refused."""
    do(repo, ana, "claim", "src", "docs")
    first = do(repo, ana, "task", "add", "one")["id"]
    second = do(repo, ana, "task", "add", "two")["id"]
    do(repo, ana, "task", "take", first)
    do(repo, ana, "task", "take", second)
    assert why(repo.here("handoff", "offer", "bob", "--claim", "lib/", "--json", session=ana)) == (1, "not_mine")
    offer = do(repo, ana, "handoff", "offer", "bob", "--claim", "docs", "--task", first[:8])["id"]
    do(repo, bob, "handoff", "accept", offer)
    assert (held(repo, ana), held(repo, bob)) == ({"src"}, {"docs"})
    assert do(repo, ana, "task", "show", second)["task"]["holder"] == ana
    assert do(repo, ana, "task", "show", first)["task"]["holder"] == bob


def test_decline_and_withdrawal_are_told(repo: Repo, ana: str, bob: str) -> None:
    """Who offered hears that it was declined, and why; the target that it was taken back."""
    do(repo, ana, "claim", "src")
    repo.write(".env", "KEY\n")
    made = do(repo, ana, "handoff", "offer", "bob")
    assert "the uncommitted work was not kept: a snapshot leaves all of it out: .env" in made["warnings"]
    offer = made["id"]
    assert do(repo, bob, "handoff", "decline", offer, "-m", "no time")["status"] == "declined"
    assert held(repo, ana) == {"src"}
    mail = do(repo, ana, "inbox")["messages"]
    assert (mail[-1]["subject"], mail[-1]["body"]) == ("declined your handoff", "no time")
    assert why(repo.here("handoff", "accept", offer, "--json", session=bob)) == (1, "ended")
    again = do(repo, ana, "handoff", "offer", "bob")["id"]
    assert do(repo, ana, "handoff", "decline", again)["status"] == "withdrawn"
    assert [one["id"] for one in do(repo, bob, "handoff", "list", "--all")["handoffs"]] == [offer, again]
    page = do(repo, bob, "handoff", "list", "--all", "--limit", "1")
    assert [page[name] for name in ("shown", "total", "next")] == [1, 2, 1]
    assert do(repo, bob, "handoff", "list")["handoffs"] == []
    assert do(repo, bob, "inbox")["messages"][-1]["subject"] == "took an offer back"


def test_refusals_have_their_reasons(repo: Repo, ana: str, bob: str) -> None:
    """Each has a status, a reason and a sentence; nothing is recorded by it."""
    before = repo.git("rev-parse", "refs/coord/ledger")
    for words, expected in {
        ("accept", "abcd"): (1, "not_found"),
        ("accept", "x"): (2, "usage"),
        ("offer", "nobody"): (1, "not_found"),
        ("offer", "ana"): (1, "not_found"),
        ("offer", "bob", "--reason", "bored"): (2, "usage"),
        ("offer", "bob", "--wait", "soon"): (2, "usage"),
        ("offer", "bob", "--from", "nobody"): (1, "not_found"),
    }.items():
        assert why(repo.here("handoff", *words, "--json", session=ana)) == expected, words
    assert repo.git("rev-parse", "refs/coord/ledger") == before
    offer = do(repo, ana, "handoff", "offer", "next")["id"]
    assert why(repo.here("handoff", "accept", offer, "--json", session=ana)) == (1, "forbidden")


def test_person_offers_for_an_agent_of_their_own(repo: Repo, ana: str, bob: str) -> None:
    """`--from` offers what another session holds, with what is in its worktree."""
    there = repo.worktree("beside")
    carl = str(do(there, "", "start", "carl")["session"])
    do(there, carl, "claim", "docs")
    there.write("docs/guide.md", "half\n")
    offer = do(repo, ana, "handoff", "offer", "bob", "--from", carl, "--reason", "error_recovery")
    assert (offer["giver"], offer["reason"], offer["worktree"]) == (carl, "error_recovery", str(there.top))
    taken = do(repo, bob, "handoff", "accept", offer["id"])
    assert (repo.top / "docs/guide.md").read_text() == "half\n"
    assert taken["work"]["files"] == ["docs/guide.md"]
    assert (held(repo, carl), held(repo, bob)) == (set(), {"docs"})


@pytest.mark.slow
@pytest.mark.parametrize("words", [("handoff", "offer", "ana", "--from"), ("adopt",)])
def test_agent_does_nothing_with_the_work_of_a_living_session(
    repo: Repo, ana: str, bob: str, words: tuple[str, ...]
) -> None:
    """Also of the same user: it is refused with the reason, and nothing changes hands; its own child's it may adopt."""

    def as_agent(*words: str) -> Ran:
        return repo.run("git", "coord", *words, "--json", check=False, GIT_COORD_SESSION=ana, CLAUDECODE="1")

    do(repo, bob, "claim", "src")
    before = repo.git("rev-parse", "refs/coord/ledger")
    refused = as_agent(*words, bob)
    assert why(refused)[0] == 1
    assert refused.json["reason"] == ("forbidden" if words[0] == "handoff" else "held")
    assert "bob" in refused.json["message"]
    assert (held(repo, ana), held(repo, bob)) == (set(), {"src"})
    assert repo.git("rev-parse", "refs/coord/ledger") == before
    child = str(do(repo, ana, "start", "child", "--parent", ana)["session"])
    do(repo, child, "claim", "docs")
    assert as_agent("adopt", child).status == 0
    assert held(repo, ana) == {"docs"}


def test_giver_waits_until_it_is_accepted(repo: Repo, ana: str, bob: str) -> None:
    """`--wait` ends with the accept; without one it ends with its time, and the offer with it."""
    do(repo, ana, "claim", "src")
    argv = ["git-coord", "handoff", "offer", "bob", "--wait", "60s", "--json"]
    giver = subprocess.Popen(
        argv, cwd=repo.top, env=repo.env | {"GIT_COORD_SESSION": ana}, stdout=subprocess.PIPE, text=True
    )
    offers: list[Any] = []
    give_up = time.monotonic() + 30
    while not offers and time.monotonic() < give_up:
        offers = do(repo, bob, "handoff", "list")["handoffs"]
    do(repo, bob, "handoff", "accept", offers[0]["id"])
    out, _ = giver.communicate(timeout=60)
    assert (giver.returncode, json.loads(out)["status"], json.loads(out)["taker"]) == (0, "accepted", bob)
    over = repo.coord("handoff", "offer", "ana", "--wait", "8s", "--json", session=bob)
    assert over.status in (0, 1)
    while do(repo, bob, "handoff", "show", over.json["id"])["status"] == "open":
        time.sleep(0.2)
    said = [one["text"] for one in do(repo, bob, "status")["attention"] if one["what"] == "offered"]
    assert [text.partition(" what you offered")[0] for text in said] == ["nobody accepted in time"]
    assert why(repo.here("handoff", "accept", over.json["id"], "--json", session=ana)) == (1, "ended")
    assert held(repo, bob) == {"src"}


def test_claims_that_are_over_stop_no_accept(repo: Repo, ana: str, bob: str) -> None:
    """What a giver that ended offered is taken over, together with the offer, from whom a claim would take it."""
    do(repo, ana, "claim", "src/a.py", "src/b.py")
    offer = do(repo, ana, "handoff", "offer", "bob")["id"]
    do(repo, ana, "end")
    hal = repo.start("hal")
    do(repo, hal, "claim", "src/a.py", "--ttl", "1s")
    assert why(repo.here("handoff", "accept", offer, "--json", session=bob)) == (1, "held")
    late = repo.later(60)
    taken = do(late, bob, "handoff", "accept", offer)
    assert [(one["scope"], one["session"]) for one in taken["took_over"]] == [("src/a.py", hal)]
    assert (held(late, bob), held(late, hal)) == ({"src/a.py", "src/b.py"}, set())
    told = do(late, hal, "inbox")["messages"][0]
    assert told["type"] == "taken"
    assert told["subject"].startswith("took over src/a.py: ")


def test_adopt_needs_nothing_from_the_dead(repo: Repo, bob: str) -> None:
    """Claims, tasks, commits, unread mail and the uncommitted work of a session whose process died."""
    there = repo.worktree("beside")
    worker = subprocess.Popen(["sleep", "600"])
    dead = str(do(there, "", "start", "dora", "--pid", str(worker.pid))["session"])
    do(there, dead, "claim", "src", "-m", "the login")
    task = do(there, dead, "task", "add", "mend it")["id"]
    do(there, dead, "task", "take", task)
    there.commit("src/a.py", message="half of it", session=dead, check=True)
    do(there, dead, "beat", "testing", "--phase", "last", "--progress", "70")
    decided = do(there, dead, "decide", "tokens last a day", "--why", "support asked")["id"]
    do(repo, bob, "decide", "of another session", "--why", "it is not told")
    do(repo, bob, "send", dead, "are you there?")
    there.write("src/new.py", "never committed\n")
    worker.kill()
    worker.wait()
    taken = do(repo, bob, "adopt", "dora")
    assert (taken["evidence"], taken["scopes"], taken["confirmed"]) == ("process", ["src"], True)
    assert [one["id"] for one in taken["tasks"]] == [task]
    work = taken["work"]
    assert (work["phase"], work["progress"], work["work"]) == ("last", 70, "")
    assert [one["subject"] for one in work["commits"]] == ["half of it"]
    assert work["changed"] == ["src/a.py"]
    assert work["decisions"] == [{"id": decided, "text": "tokens last a day", "why": "support asked"}]
    assert work["transcript"] == ""
    assert [one["subject"] for one in work["mail"]] == ["are you there?"]
    assert (repo.top / "src/new.py").read_text() == "never committed\n"
    assert (there.top / "src/new.py").exists(), "nothing is taken away there"
    assert held(repo, bob) == {"src"}
    assert dead not in repo.here("sessions", session=bob).out
    assert why(there.here("claim", "docs", "--json", session=dead)) == (1, "not_found")


def test_mail_of_a_giver_that_is_over_comes_along(repo: Repo, ana: str, bob: str) -> None:
    """What it had not read when it ended, and its name; what it had read is not told again."""
    giver = str(do(repo, "", "start", "dora")["session"])
    do(repo, giver, "claim", "src")
    do(repo, ana, "send", giver, "read before")
    do(repo, giver, "inbox")
    do(repo, ana, "send", giver, "never read")
    offer = do(repo, giver, "handoff", "offer", "next")["id"]
    do(repo, giver, "end")
    taken = do(repo, bob, "handoff", "accept", offer)
    assert (taken["work"]["name"], taken["scopes"]) == ("dora", ["src"])
    assert [one["subject"] for one in taken["work"]["mail"]] == ["never read"]


def test_adopt_where_the_worktree_is_gone_takes_the_last_snapshot(repo: Repo, bob: str) -> None:
    """What a session kept itself is what there is."""
    there = repo.worktree("beside")
    worker = subprocess.Popen(["sleep", "600"])
    dead = str(do(there, "", "start", "dora", "--pid", str(worker.pid))["session"])
    there.write("src/a.py", "kept\n")
    do(there, dead, "snapshot")
    worker.kill()
    worker.wait()
    repo.git("worktree", "remove", "--force", str(there.top))
    taken = do(repo, bob, "adopt", dead)
    assert taken["work"]["files"] == ["src/a.py"]
    assert (repo.top / "src/a.py").read_text() == "kept\n"


def test_adopt_of_a_clean_worktree_brings_back_nothing_older(repo: Repo, bob: str) -> None:
    """What was kept before the last commit is out of date: it does not go over what was committed."""
    there = repo.worktree("beside")
    worker = subprocess.Popen(["sleep", "600"])
    dead = str(do(there, "", "start", "dora", "--pid", str(worker.pid))["session"])
    there.write("src/a.py", "half\n")
    do(there, dead, "snapshot")
    there.commit("src/a.py", session=dead, check=True)
    worker.kill()
    worker.wait()
    taken = do(repo, bob, "adopt", dead)
    assert not (taken.get("work") or {}).get("restored")
    assert (repo.top / "src/a.py").read_text() != "half\n"
    assert not any(line.endswith("src/a.py") for line in repo.git("status", "--short").splitlines())


def test_living_session_of_the_same_user_is_adopted_and_told(repo: Repo, ana: str, bob: str) -> None:
    """It goes on without its work; one of another user, or by an agent, is not adopted."""
    do(repo, ana, "claim", "src")
    taken = do(repo, bob, "adopt", ana)
    assert taken["evidence"] == "own"
    assert any("adopted your work" in line for line in do(repo, ana, "whoami")["warnings"])
    assert (held(repo, ana), held(repo, bob)) == (set(), {"src"})
    assert why(repo.here("adopt", bob, "--json", session=bob)) == (2, "usage")
    here = repo.top / ".git/coord/roster"
    assert f"\t{os.getuid()}\t/" in here.read_text()
    here.write_text(here.read_text().replace(f"\t{os.getuid()}\t/", "\t4242\t/"))
    refused = repo.here("adopt", bob, "--json", session=ana)
    assert why(refused) == (1, "held")
    assert "may be alive" in refused.json["message"]
    assert held(repo, bob) == {"src"}


RACES = 4


@pytest.mark.slow
@pytest.mark.parametrize("against", ["decline", "expiry"])
def test_accept_races_with_what_ends_the_offer(repo: Repo, ana: str, bob: str, against: str) -> None:
    """In real processes: exactly one of both wins, and the work is whole with one of the two."""
    for number in range(RACES):
        do(repo, ana, "claim", "src", "docs")
        task = do(repo, ana, "task", "add", f"task {number}")["id"]
        do(repo, ana, "task", "take", task)
        ttl = ["--ttl", "2s"] if against == "expiry" else []
        offer = do(repo, ana, "handoff", "offer", "bob", *ttl)["id"]
        if against == "expiry":
            time.sleep(1.0 + number * 0.3)
        rivals = [("accept", bob)] + [("decline", ana)] * (against == "decline")
        started = [
            subprocess.Popen(
                ["git-coord", "handoff", verb, offer, "--json"],
                cwd=repo.top,
                env=repo.env | {"GIT_COORD_SESSION": who},
                stdout=subprocess.PIPE,
                text=True,
            )
            for verb, who in rivals
        ]
        ended = [(one.communicate(timeout=60)[0], one.returncode) for one in started]
        won = ended[0][1] == 0
        if against == "decline":
            assert sorted(status for _, status in ended) == [0, 1], ended
        has, has_not = (bob, ana) if won else (ana, bob)
        assert (held(repo, has), held(repo, has_not)) == ({"src", "docs"}, set())
        assert do(repo, bob, "task", "show", task)["task"]["holder"] == has
        do(repo, has, "task", "done", task)
        do(repo, has, "release", "--all")
    assert repo.here("doctor", "--full", "--json").json is not None


@pytest.mark.slow
def test_adopt_races_with_the_return_of_the_owner(repo: Repo, bob: str) -> None:
    """In real processes: the owner renews while it is adopted; the work is whole with one of them, never with both."""
    owners = []
    for number in range(RACES):
        owner = str(do(repo, "", "start", f"owner{number}", "--lease", "2s", "--pid", "1")["session"])
        do(repo, owner, "claim", f"src{number}", f"docs{number}")
        owners.append(owner)
    path = repo.top / ".git/coord/roster"  # without a record of a process the lease alone counts
    kept = [line for line in path.read_text().splitlines() if not any(owner in line for owner in owners)]
    path.write_text("\n".join(kept) + "\n")
    time.sleep(3.5)  # every lease is over
    env = {key: value for key, value in repo.env.items() if value and key != "GIT_COORD_SESSION"}
    for number, owner in enumerate(owners):
        started = [
            subprocess.Popen(
                ["git-coord", *words, "--session", who, "--json"],
                cwd=repo.top,
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for words, who in ((["adopt", owner], bob), (["renew", "--ttl", "1h"], owner))
        ]
        ended = [(one.communicate(timeout=60)[0], one.returncode) for one in started]
        adopted = ended[0][1] == 0
        claims = [one for one in repo.here("claims", "--json").json["claims"] if one["scope"][-1] == str(number)]
        assert {one["session"] for one in claims} == ({bob} if adopted else {owner}), ended
        assert {one["scope"] for one in claims} == {f"src{number}", f"docs{number}"}
        assert adopted or ended[1][1] == 0, "one of them has it"
