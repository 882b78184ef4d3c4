"""`watch`: what other processes do is seen at once and whole, a watcher that died goes on where it was."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.torture import TIMES
from support.waiting import until

from gitcoord.domain import agreement
from gitcoord.domain.history import watch
from gitcoord.domain.history.timeline import KINDS
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import ManualClock, Repo

    from gitcoord.domain.history.timeline import TimelineEntry
    from gitcoord.domain.workspace import Workspace

LINE = 20.0
"""Seconds that a line may take on a busy machine before a test gives up."""


class Watcher:
    """A `git coord watch` in a process of its own."""

    def __init__(self, repo: Repo, *words: str, session: str = "", program: tuple[str, ...] = ("git-coord",)) -> None:
        self.repo = repo
        bells = repo.top / ".git/coord/bells"
        before = set(bells.iterdir()) if bells.is_dir() else set()
        env = {"GIT_COORD_SESSION": session} if session else {}
        self.process = subprocess.Popen(
            [*program, "watch", *words], cwd=repo.top, env=repo.env | env, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.rest = b""
        until(lambda: (bells.is_dir() and set(bells.iterdir()) - before) or self.process.poll() is not None)

    def line(self, seconds: float = LINE) -> str:
        """The next line, which must come within this time."""
        assert self.process.stdout is not None
        until = time.monotonic() + seconds
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, until - time.monotonic()))
            more = os.read(self.process.stdout.fileno(), 1 << 20) if ready else b""
            assert more, f"no line within {seconds} s; {self.process.poll()}"
            self.rest += more
        text, _, self.rest = self.rest.partition(b"\n")
        return text.decode()

    def json(self, seconds: float = LINE) -> dict[str, Any]:
        """The next line as the object that it must be."""
        value = json.loads(self.line(seconds))
        assert isinstance(value, dict)
        return value

    def end(self, sign: int = signal.SIGKILL) -> tuple[str, str]:
        """End it, or see it ended; returns what it had still said."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, sign)
        out, err = self.process.communicate(timeout=30)
        return (self.rest + out).decode(), err.decode()


@pytest.fixture
def watchers() -> Iterator[list[Watcher]]:
    """Watchers that are ended with the test."""
    begun: list[Watcher] = []
    yield begun
    for one in begun:
        one.end()


def last_id(repo: Repo) -> str:
    """The id of the newest event."""
    return str(repo.here("log", "--limit", "1", "--json", check=True).json["events"][0]["id"])


def since(repo: Repo, *words: str, session: str = "") -> list[dict[str, Any]]:
    """What a watcher shows of what happened already."""
    ran = repo.here("watch", "--since", "1d", "--for", "1s", "--json", *words, session=session, check=True)
    return [json.loads(line) for line in ran.out.split("\n") if line]


def test_what_other_processes_do_is_seen_within_a_second(repo: Repo, watchers: list[Watcher]) -> None:
    """Claims, messages and the rest, a line each with the fields of its kind, at once."""
    alice, bob = repo.start("alice", "--role", "builder"), repo.start("bob")
    watcher = Watcher(repo, "--json", "--since", last_id(repo))
    watchers.append(watcher)
    commands = [
        (alice, "claim", "src", "-m", "rewrite", "--ttl", "1h"),
        (bob, "send", "alice", "hello", "-m", "the body", "--topic", "web.tasks", "--priority", "high"),
        (bob, "beat", "testing", "--progress", "40"),
        (alice, "number", "migrations"),
        (alice, "release", "src"),
        (bob, "end"),
    ]
    found = []
    for me, *words in commands:
        repo.here(*words, session=me, check=True)
        done = time.monotonic()
        found.append(watcher.json(5.0))
        assert time.monotonic() - done < 1.0, words
    assert [one["kind"] for one in found] == ["claim", "message", "progress", "number", "release", "end"]
    assert [one["name"] for one in found] == ["alice", "bob", "bob", "alice", "alice", "bob"]
    assert all(one["v"] == 1 and len(one["id"]) == 32 for one in found)
    assert [one["seq"] for one in found] == sorted(one["seq"] for one in found)
    claimed, said, beat, number, released, _ = found
    assert (claimed["scopes"], claimed["verdict"], claimed["confirmed"]) == (["src"], "accepted", True)
    assert (claimed["body"], claimed["role"], claimed["token"]) == ("rewrite", "builder", claimed["number"])
    assert claimed["until"] > claimed["time"]
    assert {key: said[key] for key in ("to", "subject", "body", "topic", "priority", "verdict", "number")} == {
        "to": "alice", "subject": "hello", "body": "the body", "topic": "web.tasks", "priority": "high",
        "verdict": "", "number": None,
    }  # fmt: skip
    assert (beat["action"], beat["progress"]) == ("testing", 40)
    assert (number["counter"], number["value"]) == ("migrations", 1)
    assert (released["scopes"], released["claims"]) == (["src"], [claimed["id"]])


def test_without_since_it_begins_now_and_people_read_a_line_each(repo: Repo, watchers: list[Watcher]) -> None:
    """What was before is not shown; a refusal that stands in the ledger is marked."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "docs", session=alice, check=True)
    watcher = Watcher(repo)
    watchers.append(watcher)
    time.sleep(0.5)  # it is about to look where the end is
    repo.here("send", "bob", "x" * 400, "--priority", "urgent", session=alice, check=True)
    text = watcher.line()
    assert "  message   alice  to bob: (urgent) xxx" in text
    assert len(text) < 300
    workspace = repo.workspace()
    from gitcoord.ledger.event import Draft

    workspace.ledger.record(SessionId(bob), Draft("claim", "claim docs", {"scopes": [{"directory": "docs"}]}))
    workspace.ledger.store.close()
    assert watcher.line().endswith("claim docs  #4 refused: held")


def test_a_watcher_reads_only(repo: Repo, watchers: list[Watcher]) -> None:
    """It starts no session, marks nothing as read, renews nothing."""
    alice, bob = repo.start("alice"), repo.start("bob")
    before = repo.git("for-each-ref", "refs/coord")
    assert len(since(repo)) == 2
    assert repo.git("for-each-ref", "refs/coord") == before
    repo.here("send", "bob", "hello", session=alice, check=True)
    assert [one["subject"] for one in since(repo, "--to-me", session=bob)] == ["hello"]
    assert len(repo.here("inbox", "--json", session=bob).json["messages"]) == 1


def test_filters_choose(repo: Repo) -> None:
    """Kind, session, role, topic, priority and reader, alone and together."""
    alice, bob = repo.start("alice", "--role", "builder"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    repo.here("send", "bob", "one", "--topic", "web.tasks.new", session=alice, check=True)
    repo.here("send", "all", "two", "--topic", "web.news", "--priority", "high", session=bob, check=True)
    repo.here("release", "src", session=alice, check=True)

    def shown(*words: str, session: str = "") -> list[str]:
        return [one["subject"] for one in since(repo, *words, session=session)]

    assert shown("--kind", "claim") == ["claim src"]
    assert shown("--kind", "claim", "--kind", "release") == ["claim src", "release src"]
    assert shown("--of", "bob") == ["start bob", "two"]
    assert shown("--of", bob, "--kind", "message") == ["two"]
    assert shown("--role", "builder", "--kind", "message") == ["one"]
    assert shown("--topic", "web.#") == ["one", "two"]
    assert shown("--topic", "*.tasks.*") == ["one"]
    assert shown("--topic", "web.#", "--kind", "claim") == []
    assert shown("--priority", "high") == ["two"]
    assert shown("--to-me", session=alice) == ["two"]
    assert shown("--to-me", session=bob) == ["one"]
    assert shown("--limit", "2") == ["start alice", "start bob"]


def test_one_type_is_watched(repo: Repo, watchers: list[Watcher]) -> None:
    """Of messages, and of tasks whatever happens to them; nothing else, also what has no type."""
    alice = repo.start("alice")
    watcher = Watcher(repo, "--json", "--type", "build")
    watchers.append(watcher)
    for kind in ("docs", "build"):
        repo.here("send", "all", f"about {kind}", "--type", kind, session=alice, check=True)
        repo.here("task", "add", f"a task of {kind}", "--type", kind, session=alice, check=True)
    repo.here("claim", "src", session=alice, check=True)
    for _ in range(2):
        repo.here("task", "next", session=alice, check=True)
    assert [watcher.json()["kind"] for _ in range(3)] == ["message", "task-add", "task-next"]
    repo.here("send", "all", "the last", "--type", "build", session=alice, check=True)
    assert watcher.json()["subject"] == "the last"


def test_watchers_see_what_changes_in_shared_state(repo: Repo, watchers: list[Watcher]) -> None:
    """Which scope, which keys, the version that came of it; also a rollback, and a write that was refused."""
    alice = repo.start("alice")
    watcher = Watcher(repo, "--json", "--kind", "state", "--kind", "state-rollback")
    watchers.append(watcher)
    state = ("state", "set", "build")
    repo.here(*state, "port", "8080", session=alice, check=True)
    found = watcher.json()
    assert (found["kind"], found["scope"], found["keys"], found["version"]) == ("state", "build", ["port"], 1)
    repo.here(*state, "port", "9090", "--if-version", "1", session=alice, check=True)
    assert repo.here(*state, "port", "1", "--if-version", "1", session=alice).status == 1
    repo.here("state", "remove", "build", "port", session=alice, check=True)
    repo.here("state", "rollback", "build", "--to", "1", session=alice, check=True)
    assert [(one["kind"], one["version"]) for one in (watcher.json() for _ in range(3))] == [
        ("state", 2),
        ("state", 3),
        ("state-rollback", 4),
    ]
    assert repo.here("state", "get", "build", "port", "--json", check=True).json["value"] == 8080


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--kind", "clami"], "'clami' is not a kind of event"),
        (["--topic", "a..b"], "not a topic pattern"),
        (["--priority", "huge"], "not a priority"),
        (["--since", "soon"], "is not a time"),
        (["--since", "f" * 33], "no id"),
        (["--for", "0s"], "out of range"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(shared_repo: Repo, words: list[str], said: str) -> None:
    """Wrong filters are answered with status 2 at once, an unknown kind with those that there are."""
    if words[0] == "--since" and len(words[1]) == 33:
        words = ["--since", "f" * 32]
        ran = shared_repo.here("watch", *words)
        assert (ran.status, "there is no event" in ran.err) == (1, True)
        return
    ran = shared_repo.here("watch", *words)
    assert (ran.status, ran.out, said in ran.err) == (2, "", True), ran.err
    if words[0] == "--kind":
        assert all(name in ran.err for name in KINDS)


def test_to_me_without_a_session_says_so(repo: Repo) -> None:
    """Who is nobody has no messages, and none is started for that."""
    ran = repo.here("watch", "--to-me", "--for", "1s", "--json")
    assert (ran.status, ran.json["reason"]) == (1, "not_found")
    assert repo.here("sessions", "--all", "--json").json["sessions"] == []


@pytest.mark.parametrize(("program", "status"), [(("git-coord",), 130), (("git", "coord"), -signal.SIGINT)])
def test_interrupt_ends_it_with_130_and_whole_lines(
    repo: Repo, watchers: list[Watcher], program: tuple[str, ...], status: int
) -> None:
    """^C loses nothing and leaves no bell."""
    alice = repo.start("alice")
    watcher = Watcher(repo, "--json", "--since", "1d", program=program)
    watchers.append(watcher)
    assert watcher.json()["kind"] == "register"
    repo.here("send", "all", "hello", "-m", "y" * 200_000, session=alice, check=True)
    assert watcher.json()["body"] == "y" * 200_000
    out, err = watcher.end(signal.SIGINT)
    assert (watcher.process.returncode, out, err.strip()) == (status, "", "")
    assert list((repo.top / ".git/coord/bells").iterdir()) == []


def test_closed_pipe_ends_it_quietly(repo: Repo, watchers: list[Watcher]) -> None:
    """Who reads the watcher and goes away ends it: status 0, nothing said."""
    alice = repo.start("alice")
    watcher = Watcher(repo, "--since", "1d")
    watchers.append(watcher)
    assert "start alice" in watcher.line()
    assert watcher.process.stdout is not None
    watcher.process.stdout.close()
    repo.here("claim", "src", session=alice, check=True)
    assert watcher.process.wait(timeout=10) == 0
    assert watcher.process.stderr is not None
    assert watcher.process.stderr.read() == b""


def test_it_sleeps_while_nothing_happens(repo: Repo, watchers: list[Watcher]) -> None:
    """No busy polling: two seconds of nothing cost no processor time to speak of."""
    repo.start("alice")
    watcher = Watcher(repo, "--since", "1d")
    watchers.append(watcher)
    watcher.line()
    time.sleep(0.3)

    def spent() -> int:
        fields = Path(f"/proc/{watcher.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return int(fields[11]) + int(fields[12])

    before = spent()
    time.sleep(2.0)
    assert spent() - before <= 5  # of 200 ticks


@pytest.mark.slow
def test_a_killed_watcher_goes_on_where_it_was(repo: Repo, watchers: list[Watcher]) -> None:
    """kill -9 again and again beside two writers: every event is read exactly once, each sender's in order."""
    sessions = [repo.start(name) for name in ("alice", "bob")]
    begin = last_id(repo)
    each = 12 * TIMES
    script = f'for i in $(seq 1 {each}); do git-coord send all "$GIT_COORD_SESSION $i" -q || exit 1; done'
    writers = [
        subprocess.Popen(
            ["sh", "-c", script], cwd=repo.top, env=repo.env | {"GIT_COORD_SESSION": me}, stdout=subprocess.DEVNULL
        )
        for me in sessions
    ]
    seen: list[dict[str, Any]] = []
    deaths = 0
    deadline = time.monotonic() + 120
    while len(seen) < 2 * each:
        assert time.monotonic() < deadline, len(seen)
        watcher = Watcher(repo, "--json", "--since", seen[-1]["id"] if seen else begin)
        watchers.append(watcher)
        for _ in range(min(1 + deaths % 7, 2 * each - len(seen))):
            seen.append(watcher.json())
        out, _ = watcher.end(signal.SIGKILL)
        # What it had written whole before it died was read, too.
        seen += [json.loads(line) for line in out.split("\n")[:-1]]
        deaths += 1
    assert [one.wait(timeout=60) for one in writers] == [0, 0]
    assert deaths > 3
    for me in sessions:
        assert [one["subject"] for one in seen if one["session"] == me] == [f"{me} {at}" for at in range(1, each + 1)]
    assert len({one["id"] for one in seen}) == len(seen) == 2 * each


def test_since_an_id_or_its_beginning_is_what_came_after(repo: Repo) -> None:
    """The last id seen, whole or shortened, is where it goes on; an id that there is not is an error."""
    alice = repo.start("alice")
    for at in range(3):
        repo.here("send", "all", f"m {at}", session=alice, check=True)
    first = since(repo)
    for start in (first[1]["id"], first[1]["id"][:10]):
        ran = repo.here("watch", "--since", start, "--for", "1s", "--json", check=True)
        assert [json.loads(line)["id"] for line in ran.out.split("\n") if line] == [one["id"] for one in first[2:]]
    assert repo.here("watch", "--since", "0123456789abcdef").status in (1, 2)


def test_a_chronicle_made_anew_under_a_watcher_repeats_nothing(repo: Repo, watchers: list[Watcher]) -> None:
    """Somebody deletes the file while it watches: nothing is shown twice, and what comes is shown."""
    alice = repo.start("alice")
    watcher = Watcher(repo, "--json", "--since", "1d")
    watchers.append(watcher)
    watcher.json()
    for at in range(4):
        for end in ("", "-wal", "-shm"):
            (repo.top / f".git/coord/chronicle{end}").unlink(missing_ok=True)
        repo.here("send", "all", f"m {at}", session=alice, check=True)
        assert watcher.json()["subject"] == f"m {at}"


def follow(workspace: Workspace, *wanted: str, begin: watch.Since = watch.Since()) -> Iterator[list[TimelineEntry]]:  # noqa: B008 - frozen
    """A watcher in this process."""
    return watch.follow(workspace, watch.Wanted(tuple(wanted)), begin, 30.0)


def test_a_session_that_becomes_gone_is_told_once(
    repo: Repo, workspace: Workspace, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease runs out while one watches: one line with what it held; who was gone before is not told."""
    monkeypatch.setattr(watch, "HUB_EVERY", 0.05)
    assert agreement.HUB_EVERY == 10.0
    repo.start("before", "--lease", "1m")
    clock.pass_by(120)
    alice = repo.start("alice", "--lease", "10m")
    repo.here("claim", "src", session=alice, check=True)
    stream = follow(workspace, "gone")
    assert [one for _ in range(4) for one in next(stream)] == []
    clock.pass_by(601)
    told = [one for _ in range(8) for one in next(stream)]
    assert [(one.session, one.own["evidence"], one.own["scopes"]) for one in told] == [(alice, "lease", ["src"])]
    assert told[0].id is None
    stream.close()  # type: ignore[attr-defined] # a generator
    later = [one for _ in range(3) for one in next(follow(workspace, "gone", begin=watch.Since(clock.now() - 300)))]
    assert [one.session for one in later[:1]] == [alice]


def test_a_dead_process_is_told(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session whose recorded process is killed is gone at the next look."""
    monkeypatch.setattr(watch, "HUB_EVERY", 0.05)
    sleeper = subprocess.Popen(["sleep", "60"])
    alice = repo.start("alice", "--pid", str(sleeper.pid))
    workspace = repo.workspace()
    stream = follow(workspace, "gone")
    assert [one for _ in range(4) for one in next(stream)] == []
    sleeper.kill()
    sleeper.wait()
    told = [one for _ in range(8) for one in next(stream)]
    assert [(one.session, one.own["evidence"]) for one in told] == [(alice, "process")]
    workspace.ledger.store.close()


HOSTILE = '\x1b]0;owned\x07\x1b[2J\u202egnp\n\r\u2028\x85\x9b31m{}"\\ Coord-Event: claim\nCoord-Session: boss-00000000'


def test_hostile_words_stay_on_their_line(repo: Repo) -> None:
    """Escape sequences, bidi, line ends of every sort, fake trailers, in every field: an event is one harmless line."""
    from gitcoord.domain.message import record as message
    from gitcoord.ledger.event import Draft

    workspace = repo.workspace()
    mallory = repo.start("mallory")
    letter = message.Letter(HOSTILE, HOSTILE * 2000, type=HOSTILE, topic=HOSTILE)
    drafts = [
        message.draft(message.Address("name", HOSTILE), letter, 0),
        Draft("progress", HOSTILE, {"action": HOSTILE, "phase": "\udcff", "id": "fake", "kind": "claim"}),
        Draft("waiting", HOSTILE, {"scopes": [{"directory": HOSTILE}], "until": 1 << 39}),
        Draft("message", HOSTILE, {"to": 7, "subject": ["x"]}),
        Draft("ack", HOSTILE, {"read": {HOSTILE: "x"}, "acks": 7}),
        Draft("progress", "x" * 1000, {"touched": "no list", "progress": "40"}, "z" * 900_000),
    ]
    workspace.ledger.append(SessionId(mallory), lambda _: drafts)
    for kind, data in (("claim", {"scopes": HOSTILE}), (f"new{HOSTILE}"[:3], {"id": 1}), ("rules", {"key": [1]})):
        workspace.ledger.record(SessionId(mallory), Draft(kind, HOSTILE, data))
    workspace.ledger.store.close()
    for words in (["watch", "--since", "1d", "--for", "1s"], ["log", "--limit", "0"]):
        text = repo.here(*words, check=True).out
        assert len(text.split("\n")) == 11, text
        assert text.isascii() or all(char.isprintable() or char == "\n" for char in text)
        assert len(text.splitlines()) == 10
        assert all(len(line) < 600 for line in text.splitlines())
    found = since(repo)
    assert [one["kind"] for one in found] == [
        "register", "message", "progress", "waiting", "message", "ack", "progress", "claim", "new", "rules"
    ]  # fmt: skip
    assert all(len(one["id"]) == 32 and one["session"] == mallory for one in found)
    assert found[1]["subject"] == HOSTILE
    assert found[1]["body"] == HOSTILE * 2000
    assert [one["refusal"] for one in found[-3:]] == ["malformed", "unknown_kind", "malformed"]
    raw = repo.run("git-coord", "watch", "--since", "1d", "--for", "1s", "--json").out
    assert raw.isascii()
    assert len(raw.splitlines()) == 10
    assert repo.here("log", "--json", "--limit", "0", check=True).json["events"][::-1] == [
        {key: value for key, value in one.items() if key != "v"} for one in found
    ]


def test_bytes_that_are_no_utf8_stay_on_their_line(repo: Repo) -> None:
    """An event commit with raw bytes in it is one line of valid JSON, and its year, 30,138, breaks nothing."""
    mallory = repo.start("mallory")
    log = f"refs/coord/sessions/{mallory}/log"
    before = repo.git("rev-parse", log)
    raw = (
        f"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent {before}\nauthor m <m@x> 888888888888 +0000\n"
        "committer m <m@x> 888888888888 +0000\n\n\udcff\udcfe\x1b[31m\n\nCoord-Event: message\n"
        f"Coord-Session: {mallory}\nCoord-Number: 2\nCoord-Id: {'ab' * 16}\n"
        'Coord-Data: {"to":{"all":""},"subject":"\udcff","expires":1000000000000}\n'
    )
    oid = repo.run("git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw).out.strip()
    repo.git("update-ref", log, oid)
    (said,) = [one for one in since(repo) if one["kind"] == "message"]
    assert (said["id"], said["time"][:4], said["to"]) == ("ab" * 16, "9999", "all")
    text = repo.coord("log", "--kind", "message", check=True).out
    assert text.count("\n") == 1
    assert "\x1b" not in text
