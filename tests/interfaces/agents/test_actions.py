"""What an agent's hooks leave to the whole program: sessions, digests, claims, subagents."""

from __future__ import annotations

import json
import os
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.window import automatic
from gitcoord.hook.agent import heavy, lasting
from gitcoord.hook.agent.event import Event, parse
from gitcoord.hook.agent.memory import PHASE, TOLD, WAITING, WORKING, Memory
from gitcoord.kernel import roster
from gitcoord.kernel.clock import SystemClock

if TYPE_CHECKING:
    from .conftest import Actions

RECORDED = Path(__file__).parents[2] / "hook" / "agent" / "recorded"
"""What each agent told its hooks, by event."""


def test_a_window_is_one_session(actions: Actions, tmp_path: Path) -> None:
    """Opened twice it is the same session, which its later commands know; another process with its id is another."""
    file = tmp_path / "env"
    first = actions.do("start", CLAUDE_ENV_FILE=str(file))
    me = first.env["GIT_COORD_SESSION"]
    assert file.read_text() == f"export GIT_COORD_SESSION={me}\n"
    assert f"this one is {me}." in first.context
    assert actions.open() == me
    (entry,) = roster.read(str(actions.repo.top / ".git/coord/roster"))
    assert (entry.kind, entry.key) == ("agent", "CLAUDE_CODE_SESSION_ID=w1")
    other = subprocess.Popen(["sleep", "60"])
    try:
        assert actions.open(pid=other.pid) != me
    finally:
        other.kill()
        other.wait()


def test_a_window_that_begins_another_conversation_is_the_same_session(actions: Actions) -> None:
    """Its hooks and commands find it by the new id from then on."""
    me = actions.open()
    assert actions.do("start", me, window="w2").env["GIT_COORD_SESSION"] == me
    (entry,) = roster.read(str(actions.repo.top / ".git/coord/roster"))
    assert (entry.session, entry.key) == (me, "CLAUDE_CODE_SESSION_ID=w2")


def test_an_env_file_that_is_a_link_is_not_followed(actions: Actions, tmp_path: Path) -> None:
    """Whoever may write there must not choose which file is written."""
    (tmp_path / "env").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic"):
        actions.do("start", CLAUDE_ENV_FILE=str(tmp_path / "env"))
    assert not (tmp_path / "victim").exists()


def test_a_digest_says_who_is_there_and_what_waits(actions: Actions) -> None:
    """The other sessions by their ids, what they claim, unread messages and requests by their numbers, a halt."""
    me, bob = actions.open(), actions.repo.here("start", "bob", "--json", check=True).json["session"]
    actions.repo.here("claim", "src/a.py", session=bob, check=True)
    actions.repo.here("send", me, "hello", "--priority", "urgent", session=bob, check=True)
    actions.repo.here("send", me, "please look", "--ack", session=bob, check=True)
    text = actions.do("prompt", me).context
    assert f"- {bob} (active) claims src/a.py" in text
    assert "2 unread messages, 1 of them urgent: git coord inbox" in text
    assert "1 request of other sessions without an answer" in text
    assert actions.do("prompt", me).context == ""
    assert "is claimed for you until you commit it; an edit of a file that another session claims is refused." in text
    actions.repo.git("config", "coord.autoClaim", "false")
    actions.repo.git("config", "coord.guard", "warn")
    told = "Claim a file before you edit it (git coord claim PATH); do not edit a file that another session claims."
    assert told in actions.do("prompt", me).context and told in actions.do("child", me, child="c1").context
    actions.repo.here("halt", "-m", "stop it", session=bob, check=True)
    assert "Work is halted" in actions.do("prompt", me).context


def test_nothing_that_an_agent_waits_for_asks_the_hub(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a hub that never answers a window opens and a turn ends all the same; what is left behind may ask it."""
    asked = []

    def open_agreement(_: object) -> None:
        asked.append(1)

    monkeypatch.setattr("gitcoord.sync.open.open_agreement", open_agreement)
    actions.repo.git("config", "coord.hub", "/nowhere")
    me = actions.open()
    actions.do("prompt", me)
    actions.do("stop", me)
    actions.do("child", me, child="c1")
    actions.do("guard", me, "No")
    assert asked == []
    actions.do("claim", me, "src/a.py")
    assert asked == [1]


def test_what_an_agent_edits_is_claimed_until_it_is_committed(actions: Actions) -> None:
    """A claim of the files for 30 minutes, which ends with the commit; what is not committed stays."""
    me = actions.open()
    actions.do("claim", me, "src/a.py", "src/new.py")
    assert actions.claims(me) == ["src/a.py", "src/new.py"]
    left = actions.repo.here("claims", "--json").json["claims"][0]
    assert left["work"] == "edited by its agent"
    actions.repo.write("src/a.py", "changed\n")
    actions.repo.write("src/new.py", "changed\n")
    actions.do("work", me)
    assert actions.claims(me) == ["src/a.py", "src/new.py"]
    actions.repo.git("add", "src/a.py")
    actions.repo.git("commit", "-q", "-m", "a", GIT_COORD_SESSION=me)
    actions.do("work", me)
    assert actions.claims(me) == ["src/new.py"]


def test_a_file_that_is_edited_again_after_its_commit_is_claimed_again(actions: Actions) -> None:
    """With the claim goes the memory that it was asked for; what is about to be edited keeps its claim."""
    me, event = actions.open(), Event("claude-code", "PreToolUse", {"session_id": "w1"})
    memory = Memory(str(actions.repo.top / ".git/coord"), event)
    memory.note_edit(["src/a.py", "src/b.py"], "t1", claimed=True)
    actions.do("claim", me, "src/a.py", "src/b.py")
    memory.note_done(["src/a.py"])
    for path in ("src/a.py", "src/b.py"):
        actions.repo.write(path, "changed\n")
    actions.repo.git("commit", "-qam", "both", GIT_COORD_SESSION=me)
    actions.do("work", me)
    assert actions.claims(me) == ["src/b.py"]
    again = Memory(str(actions.repo.top / ".git/coord"), event)
    assert again.edited("src/a.py") is None
    assert again.edited("src/b.py") == memory.edited("src/b.py")


def test_a_file_in_another_worktree(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is committed is looked at where it is edited, not where the agent stands."""
    monkeypatch.setattr("gitcoord.domain.window.automatic.UNTOUCHED", -1)
    me, event = actions.open(), Event("claude-code", "PreToolUse", {"session_id": "w1"})
    side = actions.repo.worktree("side")
    actions.do("claim", me, "src/a.py")
    Memory(str(actions.repo.top / ".git/coord"), event).note_tree("src/a.py", str(side.top))
    side.write("src/a.py", "changed\n")
    actions.do("work", me)
    assert actions.claims(me) == ["src/a.py"]
    side.git("commit", "-qam", "a", GIT_COORD_SESSION=me)
    actions.do("work", me)
    assert actions.claims(me) == []


def test_which_files_are_not_claimed(actions: Actions) -> None:
    """What git ignores, what `.gitattributes` shares, and what was claimed by hand, whose deadline stays as it is."""
    me = actions.open()
    actions.repo.write(".gitignore", "*.log\n")
    actions.repo.write(".gitattributes", "docs/** coord=shared\n")
    actions.repo.git("add", ".")
    actions.repo.git("commit", "-q", "-m", "settings", GIT_COORD_SESSION=me)
    actions.repo.here("claim", "src", session=me, check=True)
    actions.do("claim", me, "x.log", "docs/guide.md", "src/a.py")
    (held,) = actions.repo.here("claims", "--json").json["claims"]
    assert (held["scope"], held["work"]) == ("src", "")


def test_a_claim_that_another_session_got_first_is_told(actions: Actions) -> None:
    """Of several files those that are free are claimed, and the agent hears of the others at its next tool's end."""
    me, bob = actions.open(), actions.repo.here("start", "bob", "--json", check=True).json["session"]
    actions.repo.here("claim", "src/a.py", session=bob, check=True)
    actions.do("claim", me, "src/a.py", "src/b.py")
    assert actions.claims(me) == ["src/b.py"]
    memory = (actions.repo.top / ".git/coord/agents/claude-code-w1").read_text()
    assert '"lost", "src/a.py"]' in memory


def test_a_file_that_another_session_released_at_another_commit(actions: Actions) -> None:
    """It is free, and the agent hears at a tool's end that its branch does not have that commit."""
    me, bob = actions.open(), actions.repo.start("bob")
    side = actions.repo.worktree("side")
    side.here("claim", "src/a.py", session=bob, check=True)
    side.commit("src/a.py", session=bob, check=True)
    side.here("release", "src/a.py", session=bob, check=True)
    actions.do("claim", me, "src/a.py", "src/b.py")
    assert actions.claims(me) == ["src/a.py", "src/b.py"]
    memory = (actions.repo.top / ".git/coord/agents/claude-code-w1").read_text()
    assert '"behind", "src/a.py"]' in memory and '"behind", "src/b.py"]' not in memory


def test_a_claim_starts_the_session_of_a_window_that_has_none(actions: Actions) -> None:
    """An agent that was there before the repository was set up is somebody with its first edit."""
    actions.do("claim", "", "src/a.py")
    (me,) = actions.living()
    assert actions.claims(me) == ["src/a.py"]


def test_a_subagent_is_a_child_whose_work_is_its_parents(actions: Actions) -> None:
    """It has a session of its own; when it ends, what it edited and did not commit is claimed by the window."""
    me = actions.open()
    text = actions.do("child", me, child="c1").context
    entry = roster.read(str(actions.repo.top / ".git/coord/roster"))[-1]
    assert (entry.parent, entry.key) == (me, "CLAUDE_CODE_AGENT_ID=c1")
    assert entry.session in text
    actions.do("claim", entry.session, "src/a.py", child="c1")
    assert actions.claims(entry.session) == ["src/a.py"]
    actions.repo.write("src/a.py", "changed\n")
    actions.do("end-child", entry.session, child="c1")
    assert actions.living() == [me]
    assert actions.claims(me) == ["src/a.py"]


def test_a_subagent_of_codex_is_a_thread(actions: Actions) -> None:
    """Its commands find its session by themselves, and so its key is theirs; the window's is its root's."""
    actions.do("child", "", agent="codex", window="root", child="thread")
    root, child = roster.read(str(actions.repo.top / ".git/coord/roster"))
    assert (root.key, root.parent) == ("CODEX_THREAD_ID=root", "")
    assert (child.key, child.parent) == ("CODEX_THREAD_ID=thread", root.session)
    actions.do("end-child", child.session, agent="codex", window="root", child="thread")
    assert actions.living() == [root.session]


def test_the_end_of_a_window_ends_its_subagents_too(actions: Actions) -> None:
    """Nobody is left of a window that is closed; one that never had a session ends nothing."""
    me = actions.open()
    actions.do("child", me, child="c1")
    actions.do("end", "")
    assert len(actions.living()) == 2
    actions.do("end", me)
    assert actions.living() == []


def test_a_turn_is_held_once_for_a_request(actions: Actions) -> None:
    """While a request has no answer the turn is held, unless it was already; without one, or in a halt, it ends."""
    me, bob = actions.open(), actions.repo.here("start", "bob", "--json", check=True).json["session"]
    assert actions.do("stop", me).hold == ""
    sent = actions.repo.here("send", me, "please look", "--ack", "--json", session=bob, check=True).json
    said = actions.do("stop", me).hold
    assert said.startswith("A request of another session waits for your answer")
    assert "please look" not in said
    assert "git coord status" in said  # which shows it also when it was read
    assert actions.do("stop", me, again=True).hold == ""
    actions.repo.here("ack", sent["id"], session=me, check=True)
    assert actions.do("stop", me).hold == ""
    actions.repo.here("send", me, "and this", "--ack", session=bob, check=True)
    assert actions.do("stop", me).hold
    actions.repo.here("halt", "-m", "stop", session=bob, check=True)
    assert actions.do("stop", me).hold == ""


@pytest.mark.parametrize(("role", "held"), [("observer", False), ("reviewer", False), ("implementer", True)])
def test_a_turn_of_a_role_that_only_reads_is_never_held(actions: Actions, role: str, held: bool) -> None:
    """It is held for who may edit, and never in words that speak of a commit; a rule that lets the role edit counts."""
    me = str(actions.repo.here("start", "--role", role, "--json", check=True).json["session"])
    bob = actions.repo.start("bob")
    actions.repo.here("send", me, "please look", "--ack", session=bob, check=True)
    said = actions.do("stop", me).hold
    assert bool(said) == held
    assert "commit" not in said
    actions.repo.here("rules", "role", role, "edit=docs/**", session=bob, check=True)
    assert actions.do("stop", me).hold


def test_hooks_are_silent_for_a_while_after_the_hub_did_not_answer(actions: Actions, tmp_path: Path) -> None:
    """One try for many events, until a minute is over; what was recorded meanwhile stands here."""
    asked = tmp_path / "asked"
    asked.touch()
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\necho x >>{asked}\nexit 255\n")
    ssh.chmod(0o755)
    me = actions.open()
    actions.repo.git("remote", "add", "origin", "ssh://nowhere.invalid/hub.git")
    actions.repo.git("config", "coord.hub", "origin")
    actions.do("claim", me, "src/a.py", GIT_SSH_COMMAND=str(ssh))
    tries = asked.read_text().count("x")
    assert tries > 0
    for path in ("src/b.py", "docs/guide.md"):
        actions.do("claim", me, path, GIT_SSH_COMMAND=str(ssh))
        actions.do("work", me, GIT_SSH_COMMAND=str(ssh))
    assert asked.read_text().count("x") == tries
    assert actions.claims(me) == ["docs/guide.md", "src/a.py", "src/b.py"]
    away = actions.repo.top / ".git/coord/hub-away"
    os.utime(away, (time.time() - 61, time.time() - 61))
    actions.do("claim", me, "README.md", GIT_SSH_COMMAND=str(ssh))
    assert asked.read_text().count("x") > tries


def test_others_see_that_an_agent_waits_for_a_person(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its phase is `waiting` until it goes on; a permission that is given at once is not waited for."""
    monkeypatch.setattr("gitcoord.interfaces.agents.actions.PATIENCE", 0.0)
    me, event = actions.open(), Event("claude-code", "Notification", {"session_id": "w1"})
    memory = Memory(str(actions.repo.top / ".git/coord"), event)

    def phase() -> str:
        return str(actions.repo.here("sessions", "--json").json["sessions"][0]["phase"])

    actions.do("wait", me)
    assert phase() == ""
    memory.note(PHASE, WAITING)
    actions.do("wait", me)
    assert phase() == "waiting"
    assert Memory(str(actions.repo.top / ".git/coord"), event).seen(PHASE) == TOLD
    memory.note(PHASE, WORKING)
    actions.do("work", me)
    assert phase() == "working"


def test_a_dangerous_command_is_refused_with_a_snapshot(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is uncommitted is kept before the refusal, which names it.

    It is refused also where nothing can be kept, or not in time.
    """
    me = actions.open()
    actions.repo.write("src/a.py", "work of somebody\n")
    said = actions.do("guard", me, "No, so no").deny
    kept = said.rpartition(" ")[2]
    assert said.startswith("No, so no. All uncommitted work here was kept: git coord snapshot --restore ")
    assert actions.repo.git("show", f"{actions.repo.here('snapshot', '--list', '-q').out.split()[0]}")
    assert actions.repo.here("snapshot", "--restore", kept).status == 0
    actions.repo.write(".env", "KEY=1\n")
    assert "The uncommitted work here was kept, except .env: " in actions.do("guard", me, "No").deny
    monkeypatch.setattr("gitcoord.domain.snapshot.taking.take", lambda *_: time.sleep(5))
    monkeypatch.setattr("gitcoord.interfaces.agents.actions.SNAPSHOT", 1)
    assert actions.do("guard", me, "No, so no").deny == "No, so no"
    actions.repo.git("config", "coord.snapshot", "false")
    assert actions.do("guard", me, "No, so no").deny == "No, so no"


def test_a_claim_outlives_a_command_that_takes_hours(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look of the timer keeps it alive and sets the next one; when nothing runs any longer it lapses in time."""
    me, start = actions.open(), int(time.time())
    actions.do("claim", me, "src/a.py")
    timers: list[int] = []
    monkeypatch.setattr(heavy, "detach", lambda *_, after, **__: timers.append(after))
    memory = Memory(str(actions.repo.top / ".git/coord"), Event("claude-code", "", {"session_id": "w1"}))

    def pass_time(seconds: int) -> None:
        monkeypatch.setattr(SystemClock, "now", lambda _: start + seconds)

    lasting.begin(memory, "t1")
    for count in range(1, 13):
        pass_time(count * lasting.PERIOD)
        actions.do("keep", me)
        (held,) = actions.repo.here("claims", "--json", check=True).json["claims"]
        assert duration_between(start + count * lasting.PERIOD, held["held_until"]) > lasting.PERIOD
    assert timers == [lasting.PERIOD] * 12
    lasting.end(memory, "t1")
    actions.do("keep", me)
    assert len(timers) == 12
    pass_time(12 * lasting.PERIOD + automatic.TTL + 1)
    bob = actions.repo.start("bob")
    assert actions.repo.here("claim", "src/a.py", session=bob).status == 0


def test_a_timer_ends_with_its_window(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept alive for an agent that died in the middle of a command."""
    window = subprocess.Popen(["sleep", "60"])
    me = actions.open(pid=window.pid)
    timers: list[int] = []
    monkeypatch.setattr(heavy, "detach", lambda *_, after, **__: timers.append(after))
    memory = Memory(str(actions.repo.top / ".git/coord"), Event("claude-code", "", {"session_id": "w1"}))
    lasting.begin(memory, "t1")
    actions.do("keep", me)
    assert len(timers) == 1
    window.kill()
    window.wait()
    actions.do("keep", me)
    assert len(timers) == 1


def duration_between(now: int, then: str) -> float:
    """Seconds until a time that an answer says."""
    return datetime.fromisoformat(then).timestamp() - now


@pytest.mark.parametrize(
    ("agent", "name"),
    [("claude-code", "SessionStart"), ("codex", "SessionStart"), ("gemini", "SessionStart"), ("copilot", "agentStop")],
)
def test_adopting_a_window_tells_where_its_agent_keeps_what_was_said(
    actions: Actions, tmp_path: Path, agent: str, name: str
) -> None:
    """As each agent names it to its hooks: the file is there only later, and is told once it is."""
    said = (RECORDED / f"{agent}.json").read_text().replace("/home/dev/.", f"{tmp_path}/.")
    event = parse(agent, name, json.dumps(json.loads(said)[name]).encode())
    me = actions.open(window=event.session, agent=agent, transcript=event.transcript)
    spoken = Path(event.transcript)
    spoken.parent.mkdir(parents=True)
    spoken.write_text('{"type":"user","message":{"content":"go on"}}\n')
    bob = actions.repo.start("bob")
    work = actions.repo.here("adopt", me, "--json", session=bob, check=True).json["work"]
    assert work["transcript"] == str(spoken)


def test_who_takes_over_is_told_of_the_transcript(actions: Actions, tmp_path: Path) -> None:
    """The file that an agent's hooks name, as long as it can be read; it is forgotten with the session."""
    spoken = tmp_path / "spoken here.jsonl"
    me = actions.open(transcript=str(spoken))
    bob = str(actions.repo.here("start", "bob", "--json", check=True).json["session"])

    def told() -> str:
        offer = actions.repo.here("handoff", "offer", bob, "--json", session=me, check=True).json["id"]
        taken = actions.repo.here("handoff", "accept", offer, "--json", session=bob, check=True).json
        return str(taken["work"]["transcript"])

    assert told() == "", "there is no such file"
    spoken.write_text("{}\n")
    assert told() == str(spoken)
    actions.do("work", me, transcript="relative.jsonl")
    actions.do("work", me, transcript="/two\nlines")
    assert told() == str(spoken), "what is not an absolute path of one line is not noted"
    lines = actions.repo.here("adopt", me, session=bob, check=True).out
    assert f"what was said in its window: {spoken}" in lines
