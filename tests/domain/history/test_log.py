"""`log`: the audit, newest first, of everybody, a session, a path; the same facts as plain git has."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import ManualClock, Repo


def events(repo: Repo, *words: str) -> list[dict[str, Any]]:
    """What `log` answers, as objects."""
    found = repo.here("log", "--json", "--limit", "0", *words, check=True).json["events"]
    assert isinstance(found, list)
    return found


def subjects(repo: Repo, *words: str) -> list[str]:
    """What `log` answers, newest first, as subjects."""
    return [one["subject"] for one in events(repo, *words)]


def test_newest_first_a_line_each(repo: Repo) -> None:
    """Time, kind, session, subject, number and verdict in one line; JSON has the same."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", "-m", "rewrite", session=alice, check=True)
    repo.here("send", "alice", "hello", session=bob, check=True)
    repo.here("number", "migrations", session=bob, check=True)
    lines = repo.here("log", check=True).out.splitlines()
    assert [line.split("  ", 2)[2] for line in lines] == [
        "number    bob  number migrations  #4 gave 1",
        "message   bob  to alice: hello",
        "claim     alice  claim src  #3",
        "register  bob  start bob  #2",
        "register  alice  start alice  #1",
    ]
    found = events(repo)
    assert [line[:8] for line in lines] == [one["id"][:8] for one in found]
    assert found[2]["body"] == "rewrite"


def test_of_one_type(repo: Repo) -> None:
    """Messages of a type, and everything that happened to tasks of it; the limit counts what is shown."""
    alice = repo.start("alice")
    made = {}
    for kind in ("build", "docs"):
        repo.here("send", "all", f"about {kind}", "--type", kind, session=alice, check=True)
        made[kind] = repo.here("task", "add", kind, "--type", kind, "--json", session=alice, check=True).json["id"]
    repo.here("task", "next", session=alice, check=True)
    repo.here("task", "done", made["build"], session=alice, check=True)
    repo.here("task", "take", made["docs"], session=alice, check=True)
    repo.here("halt", "-m", "wait", "--type", "security_breach", session=alice, check=True)
    assert [one["kind"] for one in events(repo, "--type", "build")] == ["task-done", "task-next", "task-add", "message"]
    assert [one["kind"] for one in events(repo, "--type", "docs")] == ["task-take", "task-add", "message"]
    assert [one["kind"] for one in events(repo, "--type", "security_breach")] == ["halt"]
    assert all(one["types"] == ["docs"] for one in events(repo, "--type", "docs"))
    assert events(repo, "--type", "build", "--kind", "halt") == events(repo, "--type", "none") == []
    for limit, more in (("2", True), ("4", False)):
        found = repo.here("log", "--type", "build", "--limit", limit, "--json", check=True).json
        assert (len(found["events"]), found["more"]) == (int(limit), more)


@pytest.mark.slow
def test_limit_says_that_there_is_more(repo: Repo) -> None:
    """So many and no more, with a word on the rest; 0 is all."""
    alice = repo.start("alice")
    for at in range(60):
        repo.here("send", "all", f"m {at}", session=alice, check=True)
    short = repo.here("log", "--limit", "2")
    assert (short.out.count("\n"), "--limit 0" in short.err) == (2, True)
    assert repo.here("log", "--limit", "2", "--json").json["more"] is True
    assert len(repo.here("log", "--json").json["events"]) == 50
    assert subjects(repo) == [*(f"m {at}" for at in range(59, -1, -1)), "start alice"]
    assert repo.here("log", "--limit", "0", "--json").json["more"] is False


def test_of_a_session_also_when_it_is_over(repo: Repo) -> None:
    """By id or name, living or ended; a name means all who bore it; a name that nobody ever bore is not found."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    repo.here("claim", "docs", session=bob, check=True)
    repo.here("end", "-m", "all done", session=alice, check=True)
    again = repo.start("alice")
    assert subjects(repo, "--of", alice) == ["end alice", "ended: all done", "claim src", "start alice"]
    assert subjects(repo, "--of", again) == ["start alice"]
    assert subjects(repo, "--of", "alice") == [
        "start alice",
        "end alice",
        "ended: all done",
        "claim src",
        "start alice",
    ]
    assert {one["name"] for one in events(repo, "--of", alice)} == {"alice"}
    ran = repo.here("log", "--of", "nobody", "--json")
    assert (ran.status, ran.json["reason"]) == (1, "not_found")


def test_of_a_path_is_what_was_about_it(repo: Repo) -> None:
    """Claims that hold it, above it, below it or by a glob, what gave them up, and nothing else."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/a.py", session=alice, check=True)
    repo.here("claim", "docs", "slot:deploy", session=alice, check=True)
    repo.here("release", "docs", session=alice, check=True)
    repo.here("release", "src/a.py", session=alice, check=True)
    repo.here("claim", "src", session=bob, check=True)
    repo.here("send", "alice", "src/a.py", session=bob, check=True)
    repo.here("release", "src", session=bob, check=True)
    repo.here("claim", "srcs", session=alice, check=True)
    repo.here("release", "srcs", session=alice, check=True)
    repo.here("claim", "**/*.py", session=bob, check=True)
    repo.here("end", session=bob, check=True)
    of_src = ["end bob", "claim **/*.py", "release src", "claim src", "release src/a.py", "claim src/a.py"]
    assert subjects(repo, "--path", "src") == of_src
    assert subjects(repo, "--path", "src/a.py") == of_src
    assert subjects(repo, "--path", "src/b.txt", "--kind", "release") == ["release src"]
    assert subjects(repo, "--path", "src/*.txt", "--kind", "release") == ["release src"]
    of_docs = ["release docs", "claim docs, slot:deploy"]
    assert subjects(repo, "--path", "docs/guide.md") == of_docs
    # below a directory that is to be the glob might match
    assert subjects(repo, "--path", "docs/new/") == ["end bob", "claim **/*.py", *of_docs]
    assert subjects(repo, "--path", "slot:deploy") == ["claim docs, slot:deploy"]
    assert len(subjects(repo, "--path", ".")) == 10
    assert subjects(repo, "--path", "src", "--kind", "claim") == ["claim **/*.py", "claim src", "claim src/a.py"]
    assert subjects(repo, "--path", "src", "--of", "alice") == ["release src/a.py", "claim src/a.py"]
    assert subjects(repo, "--path", "src", "--kind", "message") == []


def test_of_a_path_names_what_was_taken_and_retired(repo: Repo, clock: ManualClock) -> None:
    """A takeover of another path that ended the scope of this one, a retire, a wait and a bypass are about it, too."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", "docs", session=alice, check=True)
    repo.here("claim", "src/a.py", "--override", "-m", "urgent", session=bob, check=True)
    repo.here("release", "docs", session=alice, check=True)
    repo.here("claim", "docs", session=bob, check=True)
    assert repo.here("claim", "docs", "--wait", "1s", session=alice).status == 1
    repo.commit("src/a.py", session=alice)
    repo.run("git", "-c", "coord.guard=off", "commit", "-q", "-m", "past it", GIT_COORD_SESSION=alice)
    repo.here("whoami", session=alice, check=True)
    assert [one["kind"] for one in events(repo, "--path", "docs/guide.md")] == ["waiting", "claim", "release", "claim"]
    found = events(repo, "--path", "src/b.py")
    assert [one["kind"] for one in found] == ["take", "claim"]
    assert found[0]["took"] == [{"id": found[1]["id"], "session": alice, "evidence": "override"}]
    assert [one["kind"] for one in events(repo, "--path", "src/a.py")] == ["bypass", "take", "claim"]

    sleeper = subprocess.Popen(["sleep", "60"])
    crashed = repo.start("crashed", "--pid", str(sleeper.pid))
    repo.here("claim", "lib", "kept", session=crashed, check=True)
    repo.here("release", "kept", session=crashed, check=True)
    sleeper.kill()
    sleeper.wait()
    repo.here("retire", crashed, session=bob, check=True)
    assert [one["kind"] for one in events(repo, "--path", "lib")] == ["retire", "claim"]
    assert [one["kind"] for one in events(repo, "--path", "kept")] == ["release", "claim"]


def test_since_is_a_time_or_an_event(repo: Repo) -> None:
    """What came after an event, or after a time; kinds choose, unknown ones are a usage error."""
    alice = repo.start("alice")
    repo.here("claim", "src", session=alice, check=True)
    first = events(repo)[0]["id"]
    repo.here("claim", "docs", session=alice, check=True)
    assert subjects(repo, "--since", first) == ["claim docs"]
    assert subjects(repo, "--since", first[:12]) == ["claim docs"]
    assert len(subjects(repo, "--since", "1h")) == 3
    assert subjects(repo, "--since", "2199-01-01") == []
    assert subjects(repo, "--kind", "register") == ["start alice"]
    assert repo.here("log", "--kind", "nonsense").status == 2


def test_log_reads_only(repo: Repo) -> None:
    """It starts no session and moves no ref."""
    assert repo.here("log", check=True).out == ""
    before = repo.git("for-each-ref")
    repo.here("log", check=True)
    assert repo.git("for-each-ref") == before


def test_a_reader_that_has_seen_enough_ends_it_quietly(repo: Repo) -> None:
    """`git coord log | head -1` works without a complaint."""
    alice = repo.start("alice")
    for at in range(3):
        repo.here("send", "all", f"m {at}", session=alice, check=True)
    ran = repo.run("bash", "-c", "set -o pipefail; git-coord log --limit 0 | head -1")
    assert (ran.out.count("\n"), ran.err) == (1, "")


def test_plain_git_shows_the_same_facts(repo: Repo) -> None:
    """Of claims and what ended them, `git log` on the ledger and `git coord log` say the same, in the same order."""
    alice, bob = repo.start("alice"), repo.start("bob")
    for me, *words in (
        (alice, "claim", "src"), (bob, "claim", "docs"), (alice, "release", "src"), (bob, "claim", "src/a.py"),
        (bob, "end"),
    ):  # fmt: skip
        repo.here(*words, session=me, check=True)
    plain = ["log", "--first-parent", "--format=%s", "refs/coord/ledger"]
    assert repo.git(*plain, "--", "claims/paths/+src").splitlines() == subjects(repo, "--path", "src")
    operations = [one["subject"] for one in events(repo) if one["verdict"]]
    assert repo.git(*plain).splitlines() == [*operations, "start the ledger"]


@pytest.mark.parametrize("words", [["--limit", "-1"], ["--path", "../.."], ["--since", "whenever"]])
def test_what_makes_no_sense_is_a_usage_error(shared_repo: Repo, words: list[str]) -> None:
    """Wrong words are status 2."""
    ran = shared_repo.here("log", *words)
    assert (ran.status, ran.out) == (2, "")


def test_two_senders_of_one_name(repo: Repo) -> None:
    """Their ids stand beside the name in the inbox, in the log and on the board, as long as both live."""
    one, two, alice = repo.start("worker"), repo.start("worker"), repo.start("alice")
    for sender in (one, two):
        repo.here("send", "all", "hello", session=sender, check=True)
    for words in (("status",), ("status", "--markdown"), ("log",), ("inbox",)):
        out = repo.here(*words, session=alice, check=True).out
        assert f"worker ({one})" in out, words
        assert f"worker ({two})" in out, words
        assert f"alice ({alice}) to" not in out
    repo.here("end", session=two, check=True)
    assert f"worker ({one})" in repo.here("inbox", "--all", session=alice, check=True).out, "both are in this answer"
    assert "  worker  " in repo.here("log", check=True).out
