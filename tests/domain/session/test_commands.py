"""`start`, `sessions`, `beat`, `renew`, `end`, `retire`, from outside."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.ledger.event import Draft

if TYPE_CHECKING:
    from conftest import Repo


def listed(repo: Repo, *words: str) -> list[dict[str, Any]]:
    """What `git coord sessions` answers."""
    found = repo.here("sessions", *words, "--json", check=True).json["sessions"]
    assert isinstance(found, list)
    return found


def seconds(moment: str) -> float:
    """A time of the JSON as seconds since 1970."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()


def test_start_prints_the_id_and_answers_with_lease_and_end(repo: Repo) -> None:
    """People get the id alone; programs session, name, lease in seconds and until when it holds."""
    plain = repo.coord("start", "alice", "-q")
    assert (plain.status, plain.out.startswith("alice-"), plain.out.count("\n")) == (0, True, 1)
    told = repo.here("start", "bob", "--lease", "2h", "--json").json
    assert (told["name"], told["lease"]) == ("bob", 7200)
    assert abs(seconds(told["held_until"]) - time.time() - 7200) < 10


def test_sessions_shows_what_was_said_at_the_start_and_by_beats(repo: Repo) -> None:
    """Every field of the contract is there; a beat replaces the one before it."""
    me = repo.start("alice", "--role", "builder", "--can", "rust", "--can", "sql", "--work", "the parser")
    repo.here("claim", "src", session=me, check=True)
    (seen,) = listed(repo)
    fields = (
        "id name role capabilities status work phase progress last_seen user host pid terminal worktree branch claims"
    )
    assert set(fields.split()) <= set(seen)
    assert (seen["id"], seen["name"], seen["role"], seen["capabilities"]) == (me, "alice", "builder", ["rust", "sql"])
    assert (seen["status"], seen["work"], seen["branch"], seen["worktree"]) == (
        "active",
        "the parser",
        "main",
        str(repo.top),
    )
    assert (seen["claims"], seen["progress"], seen["phase"]) == (["src"], None, "")
    words = ["editing", "--target", "src/a.py", "--phase", "tests", "--progress", "40", "--eta", "20m"]
    repo.here("beat", *words, "--next", "docs", "--touched", "src/a.py", session=me, check=True)
    (seen,) = listed(repo)
    assert (seen["work"], seen["phase"], seen["progress"]) == ("editing", "tests", 40)
    repo.here("beat", "resting", session=me, check=True)
    (seen,) = listed(repo)
    assert (seen["work"], seen["phase"], seen["progress"]) == ("resting", "", None)
    assert "resting" in repo.here("sessions").out


def test_sessions_are_chosen_by_status_and_capability(repo: Repo) -> None:
    """--can, --status and --all choose; who has ended is listed only where asked for, without what it held."""
    alice, bob = repo.start("alice", "--can", "sql"), repo.start("bob")
    child = subprocess.Popen(["sleep", "60"])
    dead = repo.start("dead", "--pid", str(child.pid))
    child.kill()
    child.wait()
    repo.here("end", session=bob, check=True)
    assert [item["id"] for item in listed(repo, "--can", "sql")] == [alice]
    assert [item["id"] for item in listed(repo, "--status", "active")] == [alice]
    assert [item["id"] for item in listed(repo, "--status", "gone")] == [dead]
    assert [(item["id"], item["status"]) for item in listed(repo, "--status", "ended")] == [(bob, "ended")]
    assert {item["id"] for item in listed(repo)} == {alice, dead}
    assert {item["id"] for item in listed(repo, "--all")} == {alice, bob, dead}


def test_lease_is_renewed_by_any_command_after_half_of_it(repo: Repo) -> None:
    """Who runs any command after half the lease, also one that only looks, keeps what it holds."""
    other = repo.start("other")
    busy, lazy = repo.start("busy", "--lease", "4s"), repo.start("lazy", "--lease", "4s")
    repo.here("claim", "src", session=busy, check=True)
    lost = repo.here("claim", "docs", "--json", session=lazy).json["held_until"]
    before = repo.git("rev-parse", "refs/coord/ledger")
    repo.here("claims", session=busy, check=True)
    assert repo.git("rev-parse", "refs/coord/ledger") == before
    time.sleep(max(0.0, seconds(lost) - 1.9 - time.time()))
    repo.here("claims", session=busy, check=True)
    assert "renew the lease" in repo.git("log", "-1", "--format=%s", "refs/coord/ledger")
    time.sleep(max(0.0, seconds(lost) + 1.05 - time.time()))
    assert repo.here("claim", "src", session=other).status == 1
    assert repo.here("claim", "docs", session=other).status == 0


def test_renew_gives_the_lease_and_deadlines_anew(repo: Repo) -> None:
    """`renew` alone renews the lease; with --ttl every claim, or those named, get that deadline."""
    me = repo.start("alice")
    repo.here("claim", "src", "--ttl", "5m", session=me, check=True)
    repo.here("claim", "docs", session=me, check=True)
    kept = repo.here("renew", "--json", session=me).json
    until = {item["scope"]: seconds(item["held_until"]) for item in kept["claims"]}
    assert until["docs"] - until["src"] > 1400
    repo.here("renew", "src", "--ttl", "10m", session=me, check=True)
    again = {item["scope"]: seconds(item["held_until"]) for item in repo.here("claims", "--json").json["claims"]}
    assert 290 < again["src"] - until["src"] < 330
    assert again["docs"] >= until["docs"]
    assert repo.here("renew", "nothing", session=me).status == 1


def test_end_releases_everything_and_says_what(repo: Repo) -> None:
    """The claims are free, the refs of the session go, the note stands in the ledger."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", "slot:x", session=alice, check=True)
    ended = repo.here("end", "-m", "parser is done", "--json", session=alice).json
    assert (ended["session"], [item["scope"] for item in ended["released"]]) == (alice, ["src", "slot:x"])
    assert repo.git("for-each-ref", f"refs/coord/sessions/{alice}") == ""
    assert "parser is done" in repo.git("log", "-1", "--format=%B", "refs/coord/ledger")
    won = repo.here("claim", "src", "--json", session=bob).json
    assert (won["result"], won["took_over"]) == ("won", [])
    assert repo.here("end", session=alice).status == 1


def test_retire_ends_only_those_who_are_gone(repo: Repo) -> None:
    """While one of them may live nobody is retired; --gone takes all who are gone and no other."""
    child = subprocess.Popen(["sleep", "60"])
    me, living = repo.start("mine"), repo.start("living")
    dead = repo.start("dead", "--pid", str(child.pid))
    repo.here("claim", "src", session=dead, check=True)
    for names in ([dead], [living], [me]):
        refused = repo.here("retire", *names, session=me)
        assert (refused.status, refused.out) == (1, "")
    child.kill()
    child.wait()
    assert repo.here("retire", dead, living, session=me).status == 1
    assert len(listed(repo)) == 3
    assert "gone sessions hold claims: dead" in repo.here("doctor").out
    assert repo.here("retire", "--gone", "--json", session=me).json["retired"] == [dead]
    assert {item["id"] for item in listed(repo)} == {me, living}
    assert repo.here("claims", "--json").json["claims"] == []
    nobody = repo.here("retire", "--gone", session=me)
    assert (nobody.status, nobody.out) == (0, "nobody is gone\n")


def test_start_says_that_the_environment_still_names_another(repo: Repo) -> None:
    """Where GIT_COORD_SESSION is set the new session is not this shell's yet; a child is not meant to be."""
    old = repo.start("alice")
    repo.here("end", session=old, check=True)
    again = repo.here("start", "alice", session=old, check=True)
    new = again.out.strip()
    assert f"warning: commands here are still those of {old}" in again.err
    assert again.err.endswith(f"export GIT_COORD_SESSION={new}\n")
    assert repo.here("start", "child", "--parent", new, session=new, check=True).err == ""
    assert repo.here("start", "bob", check=True).err == ""


def test_beat_without_a_word_takes_nothing_back(repo: Repo) -> None:
    """A sign of life alone is newer, and what was said before still holds; it is no new event either."""
    me = repo.start("alice")
    repo.here("beat", "testing", "--progress", "40", "--next", "docs", "--touched", "src/a.py", session=me, check=True)
    (before,) = listed(repo)
    repo.here("beat", session=me, check=True)
    (after,) = listed(repo)
    assert {**before, "last_seen": ""} == {**after, "last_seen": ""}
    assert after["progress"] == 40
    assert len(repo.here("log", "--kind", "progress", "--json").out.splitlines()) == 1


def test_beat_keeps_on_while_a_process_lives(repo: Repo) -> None:
    """`beat --every --while-pid` gives signs of life until that process has ended, and then ends itself with 0.

    What it was told to say stands all the while.
    """
    me = repo.start("alice")
    child = subprocess.Popen(["sleep", "4"])
    beating = subprocess.Popen(
        ["git", "coord", "beat", "building", "--progress", "40", "--every", "1s", "--while-pid", str(child.pid)],
        cwd=repo.top,
        env=repo.env | {"GIT_COORD_SESSION": me},
    )
    child.wait()
    assert beating.wait(timeout=30) == 0
    (alice,) = listed(repo)
    assert (alice["work"], alice["progress"]) == ("building", 40)
    assert repo.here("beat", "--every", "1s", "--while-pid", str(child.pid), session=me).status == 1


def test_who_resumes_a_retired_session_gets_its_claims_back(repo: Repo) -> None:
    """All of them that are free, each of several, and who retired it; what somebody else holds is named."""
    child = subprocess.Popen(["sleep", "60"])
    bob = repo.start("bob")
    dead = repo.start("dead", "--pid", str(child.pid))
    for scopes in (["src", "slot:x"], ["docs"], ["lib/"]):
        repo.here("claim", *scopes, session=dead, check=True)
    repo.here("release", "lib", session=dead, check=True)
    child.kill()
    child.wait()
    repo.here("retire", dead, session=bob, check=True)
    repo.here("claim", "docs", session=bob, check=True)
    again = repo.here("start", "--resume", dead, check=True)
    assert f"{dead} was retired by bob at " in again.err
    assert "src is yours again" in again.err
    assert "docs" in again.err
    repo.here("end", session=again.out.strip(), check=True)
    ran = repo.here("start", "--resume", dead, "--json", check=True).json
    assert sorted(item["scope"] for item in ran["claims"]) == ["slot:x", "src"]
    assert [item["scope"] for item in ran["conflicts"]] == ["docs"]
    assert ran["retired_by"] == bob


def test_who_resumes_a_retired_session_that_held_nothing_is_told_so(repo: Repo) -> None:
    """Nothing comes back, and that is said."""
    child = subprocess.Popen(["sleep", "60"])
    bob = repo.start("bob")
    dead = repo.start("dead", "--pid", str(child.pid))
    child.kill()
    child.wait()
    repo.here("retire", dead, session=bob, check=True)
    assert "; it held nothing then" in repo.here("start", "--resume", dead, check=True).err


@pytest.mark.parametrize("how", ["end", "retire"])
def test_who_resumes_a_session_gets_its_tasks_back(repo: Repo, how: str) -> None:
    """With the scopes that came with them; of one that somebody else took meanwhile it is said who has it."""
    old = repo.here("start", "old", "--json", check=True).json["session"]
    other = repo.here("start", "other", "--json", check=True).json["session"]
    ids = {}
    for title, scope in (("mine", "src/a.py"), ("taken", "src/b.py")):
        added = repo.here("task", "add", title, "--claim", scope, "--json", session=old, check=True).json
        ids[title] = added["id"]
        repo.here("task", "take", added["id"], session=old, check=True)
    if how == "end":
        repo.here("end", session=old, check=True)
    else:
        workspace = repo.workspace()
        draft = Draft("retire", "retire old", {"sessions": [{"id": old, "evidence": "process"}]})
        assert workspace.ledger.record(other, draft).outcomes[0].verdict.accepted  # type: ignore[union-attr]
    repo.here("task", "take", ids["taken"], session=other, check=True)
    ran = repo.here("start", "--resume", old, "--json", check=True).json
    found = {item["title"]: item for item in ran["tasks"]}
    assert (found["mine"]["status"], found["mine"]["holder"], found["mine"]["why"]) == ("running", "old", "")
    assert (found["taken"]["holder"], "other" in found["taken"]["why"]) == ("other", True)
    me = ran["session"]
    claims = repo.here("claims", "--json", check=True).json["claims"]
    assert {(item["scope"], item["session"]) for item in claims} == {("src/a.py", me), ("src/b.py", other)}
