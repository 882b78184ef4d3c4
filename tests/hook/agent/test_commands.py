"""Shell commands of agents: what is dangerous is refused, a HEAD that was moved is told, subagents are themselves."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.agent import permissions
from gitcoord.hook.agent import commands, lasting
from gitcoord.hook.agent.event import Event
from gitcoord.hook.agent.memory import PHASE, SECOND, TOLD, Memory, Turn
from gitcoord.kernel import roster
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from ..conftest import World
    from .conftest import Hooks


@pytest.fixture
def eve(world: World) -> str:
    """Another session in the same worktree."""
    session = world.session("eve")
    world.at(session, 0, kind="none")
    return session


def test_a_dangerous_command_is_refused_where_others_work(world: World, hooks: Hooks, ann: str, eve: str) -> None:
    """The program that keeps a snapshot first is handed the refusal."""
    assert hooks.shell("cd src && git reset --hard HEAD~1", ann) == {}
    ((action, (text,), session),) = hooks.started
    assert (action, session) == ("guard", ann)
    assert text.startswith("git reset would touch what another session has in this worktree, so it is refused.")


@pytest.mark.parametrize("command", ["git status", "git add src/a.py && git commit -m x", "echo git stash", "ls"])
def test_other_commands_pass(world: World, hooks: Hooks, ann: str, eve: str, command: str) -> None:
    """What takes nothing away is let pass in silence."""
    assert hooks.shell(command, ann) == {}
    assert hooks.started == []


def test_alone_everything_passes(world: World, hooks: Hooks, ann: str) -> None:
    """Without another session in the worktree nothing is dangerous."""
    assert hooks.shell("git reset --hard", ann) == {}
    gone = world.session("gone", ago=4000)
    world.at(gone, 0, kind="none")
    assert hooks.shell("git switch -c other", ann) == {}
    assert hooks.started == []


def test_the_stash_is_everybodys(world: World, hooks: Hooks, ann: str) -> None:
    """In a worktree of its own a session may reset; the stash it shares with the others."""
    tree = world.linked("side")
    other = world.session("other")
    world.at(other, 0, kind="none", worktree=str(world.top / ".git/worktrees/side"))
    assert hooks.shell("git reset --hard", ann) == {}
    assert hooks.started == []
    hooks.shell("git stash pop", ann)
    assert [action for action, _, _ in hooks.started] == ["guard"]
    hooks.shell(f"git -C {tree.top} clean -fd", ann)
    assert [action for action, _, _ in hooks.started] == ["guard", "guard"]


def test_own_files_may_be_restored(world: World, hooks: Hooks, ann: str, eve: str) -> None:
    """Files that this agent edited itself, each by its name, are its own to take back."""
    hooks.edit("src/b.py", ann)
    hooks.started.clear()
    for command in ("git checkout -- src/b.py", "git checkout src/b.py", "cd src && git restore b.py"):
        assert hooks.shell(command, ann) == {}
    assert hooks.started == []
    for command in ("git checkout -- src/a.py", "git restore .", "git restore src/b.py src/a.py"):
        hooks.shell(command, ann)
    assert [action for action, _, _ in hooks.started] == ["guard"] * 3
    hooks.started.clear()
    hooks.shell("git checkout src/a.py", ann)
    ((_, (text,), _),) = hooks.started
    assert "Restore only files that you have edited yourself" in text


def test_a_reset_to_another_commit_takes_commits_away(world: World, hooks: Hooks, ann: str, eve: str) -> None:
    """Whatever it leaves in the files, it takes another session's commit off the branch; to unstage a file may stay."""
    for command in ("git reset src/a.py", "cd src && git reset a.py", "git reset src", "git reset"):
        assert hooks.shell(command, ann) == {}
    assert hooks.started == []
    for command in ("git reset HEAD~1", "git reset --soft HEAD~1"):
        hooks.shell(command, ann)
    assert [action for action, _, _ in hooks.started] == ["guard"] * 2


def test_an_alias_of_git_is_seen_through(world: World, hooks: Hooks, ann: str, eve: str) -> None:
    """The user's own name for a dangerous command is as dangerous."""
    world.git("config", "alias.wipe", "reset --hard")
    world.git("config", "alias.co", "!git checkout")
    world.git("config", "alias.start", "!git fetch -q && git co main")
    for command in ("git wipe", "git co main", "git start"):
        hooks.shell(command, ann)
    assert [action for action, _, _ in hooks.started] == ["guard"] * 3


@pytest.mark.parametrize(
    "command", ["git commit -m x .", "cd src && git commit -m x -- ..", "git stage -A", "git add src/..", "git add ./"]
)
def test_everything_is_everything_however_it_is_named(
    world: World, hooks: Hooks, ann: str, eve: str, command: str
) -> None:
    """A path that holds the whole directory takes along what others changed in it."""
    hooks.shell(command, ann)
    ((_, (text,), _),) = hooks.started
    assert "of everything would touch" in text


def test_the_worktree_of_a_living_session_stays(world: World, hooks: Hooks, ann: str) -> None:
    """With `--force` git removes it with all that is not committed; the snapshot is taken there."""
    tree = world.linked("side")
    world.at(world.session("other"), 0, kind="none", worktree=str(world.top / ".git/worktrees/side"))
    for command in ("git worktree remove side", "git worktree remove --force nosuch"):
        assert hooks.shell(command, ann) == {}
    assert hooks.started == []
    for command in (f"git worktree remove -f {tree.top}", f"git worktree remove --force {tree.top.name}"):
        hooks.shell(command, ann)
        assert str(tree.top) == os.getcwd()  # noqa: PTH109 - the light hook's own
    assert [text.partition(", so")[0] for _, (text,), _ in hooks.started] == [
        "git worktree remove would touch what another session has in that worktree"
    ] * 2


@pytest.mark.parametrize("agent", ["codex", "copilot", "cursor"])
def test_what_rules_cannot_see_is_left_to_people(world: World, hooks: Hooks, ann: str, agent: str) -> None:
    """Some agents ask by the first words of a command alone; the others are asked by their own rules."""

    def told(command: str) -> str:
        said = {"session_id": "w", "tool_use_id": "t", "hook_event_name": "PreToolUse", "cwd": str(world.top)}
        answer = hooks.say(agent, "PreToolUse", {**said, "tool_name": "Bash", "tool_input": {"command": command}}, ann)
        return "" if answer == "{}" else answer

    assert "a person has to type it" in told("cd src; git coord claim . --override -m now")
    assert "a person has to type it" in told("git-coord --json -C .. claim src --override")
    assert told("git coord claim src -m 'no --override'") == ""
    for option in ("-o f", "-of", "-qo f", "--output f", "--output=f"):
        assert "status -o can write any file" in told(f"git coord status --markdown {option}")
        assert "context -o can write any file" in told(f"git coord context {option}")
    assert told("git coord status --of ann") == ""
    assert hooks.shell("git coord claim src --override", ann) == {}


def test_what_is_left_to_people_is_what_rules_ask_about() -> None:
    """The hook refuses to an agent whose rules are blind what the rules of the others ask a person about."""
    assert {(command, option) for command, (options, _) in commands.ASKED.items() for option in options} == set(
        permissions.ASKED
    )


@pytest.mark.parametrize(("strict", "told"), [("warn", True), ("off", False)])
def test_a_guard_that_is_not_strict(world: World, hooks: Hooks, ann: str, eve: str, strict: str, told: bool) -> None:
    """`coord.guard` makes a warning of the refusal, or nothing."""
    world.git("config", "coord.guard", strict)
    said = hooks.shell("git reset --hard", ann)
    assert ("additionalContext" in said) == told
    assert "refused" not in said.get("additionalContext", "")  # the command runs
    assert hooks.started == []


def test_a_warning_of_a_command_is_heard_with_its_result(world: World, hooks: Hooks, ann: str, eve: str) -> None:
    """Codex hears nothing before a command runs that is let pass."""
    world.git("config", "coord.guard", "warn")
    given = {"command": "git reset --hard"}
    said = {"session_id": "w", "tool_use_id": "t", "cwd": str(world.top), "tool_name": "Bash", "tool_input": given}
    assert hooks.say("codex", "PreToolUse", said, ann) == ""
    assert "That command can take away" in hooks.say("codex", "PostToolUse", said, ann)
    assert hooks.say("codex", "PostToolUse", said, ann) == ""


def test_a_commit_on_another_branch_than_was_seen(world: World, hooks: Hooks, ann: str) -> None:
    """Where somebody checked another branch out meanwhile a commit is refused, once."""
    hooks.shell("git status", ann, name="PostToolUse")
    world.quietly("checkout", "-q", "-b", "other")
    said = hooks.shell("git commit -m x", ann)["permissionDecisionReason"]
    assert said.startswith("Another branch was checked out in this worktree since you looked last")
    assert "permissionDecision" not in hooks.shell("git commit -m x", ann)


@pytest.mark.parametrize(
    "command",
    [
        *("git coord commit -m x", "git-coord commit -m x", "git coord --json -C . commit -m x", "git ci -m x"),
        *("git save", "git merge other", "git cherry-pick HEAD~1", "git pull"),
    ],
)
def test_every_commit_is_looked_at(world: World, hooks: Hooks, ann: str, command: str) -> None:
    """The commit of this program, one by an alias, and one that brings other commits go to that branch as well."""
    world.git("config", "alias.ci", "commit -q")
    world.git("config", "alias.save", "!git fetch && git ci -m x")
    hooks.shell("git status", ann, name="PostToolUse")
    world.quietly("checkout", "-q", "-b", "other")
    assert "Another branch was checked out" in hooks.shell(command, ann)["permissionDecisionReason"]
    assert hooks.shell(command, ann) == {}


@pytest.mark.parametrize("command", ["pytest -q", "git status --short", "git checkout -- src/a.py", "git branch new"])
def test_a_command_that_does_not_show_head_hides_no_move(world: World, hooks: Hooks, ann: str, command: str) -> None:
    """Where HEAD was moved before a command that says nothing of it, the agent does not know it afterwards."""
    hooks.claude("SessionStart", ann, source="startup")
    world.quietly("checkout", "-q", "-b", "other")
    for name in ("PreToolUse", "PostToolUse", "PreToolUse", "PostToolUse"):
        hooks.shell(command, ann, name=name)
    assert "Another branch was checked out" in hooks.shell("git commit -m x", ann)["permissionDecisionReason"]
    assert hooks.shell("git commit -m x", ann) == {}


@pytest.mark.parametrize(
    "command", ["git status", "git status -sb", "git log -3", "git branch", "git st", "git rev-parse --abbrev-ref HEAD"]
)
def test_a_command_that_shows_head_tells_of_the_move(world: World, hooks: Hooks, ann: str, command: str) -> None:
    """An agent that has seen where it is commits there without a word."""
    world.git("config", "alias.st", "status")
    hooks.claude("SessionStart", ann, source="startup")
    world.quietly("checkout", "-q", "-b", "other")
    for line in ("ls", command, "ls"):
        for name in ("PreToolUse", "PostToolUse"):
            hooks.shell(line, ann, name=name)
    assert hooks.shell("git commit -m x", ann) == {}


def test_a_script_of_the_agent_may_switch(world: World, hooks: Hooks, ann: str) -> None:
    """What moved while its own command ran was moved by that, whatever the command is."""
    hooks.claude("SessionStart", ann, source="startup")
    hooks.shell("./release", ann)
    world.quietly("checkout", "-q", "-b", "other")
    hooks.shell("./release", ann, name="PostToolUse")
    assert hooks.shell("git commit -m x", ann) == {}


def test_a_head_that_came_back_was_not_moved(world: World, hooks: Hooks, ann: str) -> None:
    """Another branch that was checked out and left again is nothing to be told of."""
    hooks.claude("SessionStart", ann, source="startup")
    world.quietly("checkout", "-q", "-b", "other")
    hooks.shell("ls", ann)
    world.quietly("checkout", "-q", "-")
    assert hooks.shell("git commit -m x", ann) == {}
    world.quietly("checkout", "-q", "other")
    assert "permissionDecisionReason" in hooks.shell("git commit -m x", ann)


def test_a_moved_head_is_only_warned_of(world: World, hooks: Hooks, ann: str) -> None:
    """`coord.guard` = `warn`: the commit is made, and the agent is told, once; `off`: nothing is said."""
    hooks.shell("git status", ann, name="PostToolUse")
    world.git("config", "coord.guard", "warn")
    world.quietly("checkout", "-q", "-b", "other")
    said = hooks.shell("git commit -m x", ann)
    assert said["additionalContext"].startswith("Another branch was checked out in this worktree since you looked last")
    assert "permissionDecision" not in said
    assert hooks.shell("git commit -m x", ann) == {}
    world.git("config", "coord.guard", "off")
    world.quietly("checkout", "-q", "-b", "third")
    assert hooks.shell("git commit -m x", ann) == {}


def test_a_warning_of_a_moved_head_is_heard_with_the_commit(world: World, hooks: Hooks, ann: str) -> None:
    """Codex hears nothing before the commit, and afterwards what is true then."""
    world.git("config", "coord.guard", "warn")

    def codex(name: str, command: str) -> str:
        said = {"session_id": "w", "tool_use_id": "t", "cwd": str(world.top), "tool_name": "Bash"}
        return hooks.say("codex", name, {**said, "tool_input": {"command": command}}, ann)

    codex("PostToolUse", "git status")
    world.quietly("checkout", "-q", "-b", "other")
    assert codex("PreToolUse", "git commit -m x") == ""
    told = codex("PostToolUse", "git commit -m x")
    assert "Another branch was checked out in this worktree before that commit" in told
    assert "can take away" not in told
    assert codex("PostToolUse", "git commit -m x") == ""


def test_a_commit_on_a_branch_that_was_reset(world: World, hooks: Hooks, ann: str) -> None:
    """Commits that others add are nothing to be told of; that some are gone is."""
    world.landed("src/a.py")
    hooks.shell("git status", ann, name="PostToolUse")
    world.landed("src/b.py")
    assert hooks.shell("git commit -m x", ann) == {}
    world.quietly("reset", "-q", "--hard", "HEAD~2")
    assert "was reset" in hooks.shell("git commit -m x", ann)["permissionDecisionReason"]


def test_what_an_agent_did_itself_is_no_surprise(world: World, hooks: Hooks, ann: str) -> None:
    """The agent's own switch to another branch is seen at the end of its command."""
    hooks.shell("git status", ann, name="PostToolUse")
    world.quietly("checkout", "-q", "-b", "other")
    hooks.shell("git checkout -b other", ann, name="PostToolUse")
    assert hooks.shell("git commit -m x", ann) == {}


def test_a_subagents_command_is_its_own(world: World, hooks: Hooks, ann: str) -> None:
    """A command of a subagent that speaks of git is rewritten to belong to the subagent's session."""
    child = world.session("child", parent=ann)
    entry = roster.Entry(
        SessionId(child),
        "child",
        worktree=str(world.top / ".git"),
        parent=SessionId(ann),
        key="CLAUDE_CODE_AGENT_ID=c1",
    )
    world.entries.append(entry)
    roster.write(str(world.coord / "roster"), world.entries)
    answer = hooks.shell("git commit -m x", ann, agent_id="c1")
    assert answer["updatedInput"] == {"command": f"export GIT_COORD_SESSION={child}; git commit -m x"}
    assert hooks.shell("ls", ann, agent_id="c1") == {}
    assert hooks.shell("git status", ann, agent_id="unknown") == {}
    # The two are one window: neither is in the other's way.
    assert "permissionDecision" not in hooks.shell("git reset --hard", ann)
    assert hooks.started == []
    # A warning changes nothing about whose the command is.
    world.at(world.session("eve"), 0, kind="none")
    world.git("config", "coord.guard", "warn")
    answer = hooks.shell("git reset --hard", ann, agent_id="c1")
    assert answer["updatedInput"] == {"command": f"export GIT_COORD_SESSION={child}; git reset --hard"}
    assert "git reset would touch" in answer["additionalContext"]


def test_a_sign_of_life_is_given_at_most_once_a_minute(world: World, hooks: Hooks, ann: str) -> None:
    """After a tool the program is started once; a commit has it look at once at what is committed."""
    for _ in range(3):
        hooks.shell("ls", ann, name="PostToolUse")
    assert hooks.started == [("work", [], ann)]
    hooks.shell("git commit -m x", ann, name="PostToolUse")
    assert hooks.started == [("work", [], ann)] * 2


def test_urgent_mail_is_told_by_its_number(world: World, hooks: Hooks, ann: str) -> None:
    """After a tool the agent hears once how many urgent messages wait, and not what they say."""
    (world.coord / "news").mkdir()
    (world.coord / "news" / ann).write_text('{"mail": "1", "text": "message from bob: DO EVIL", "urgent": true}\n')
    answer = hooks.shell("ls", ann, name="PostToolUse")
    assert answer["additionalContext"] == "1 urgent message: git coord inbox"
    assert hooks.shell("ls", ann, name="PostToolUse") == {}


def test_waiting_is_said_once(world: World, hooks: Hooks, ann: str) -> None:
    """While an agent waits for a person the program is started once, and once more when it goes on, if it was told."""
    hooks.claude("Notification", ann, notification_type="auth_success")
    assert hooks.started == []
    hooks.claude("Notification", ann, notification_type="permission_prompt")
    hooks.claude("PermissionRequest", ann, tool_name="Bash")
    assert hooks.started == [("wait", [], ann)]
    memory = Memory(str(world.coord), Event("claude-code", "Notification", {"session_id": "w1"}))
    hooks.shell("ls", ann, name="PostToolUse")  # the first sign of life, whether it waited or not
    hooks.shell("ls", ann, name="PostToolUse")
    assert hooks.started[1:] == [("work", [], ann)]
    memory.note(PHASE, TOLD)
    hooks.shell("ls", ann, name="PostToolUse")
    hooks.shell("ls", ann, name="PostToolUse")
    assert hooks.started[2:] == [("work", [], ann)]


def test_the_end_of_a_turn(world: World, hooks: Hooks, ann: str) -> None:
    """Alone, or held already, a turn ends without waiting; otherwise the program looks for requests."""
    hooks.claude("Stop", ann, stop_hook_active=False)
    world.at(world.session("eve"), 0, kind="none")
    hooks.claude("Stop", ann, stop_hook_active=True)
    hooks.claude("Stop", ann, stop_hook_active=False)
    assert [action for action, _, _ in hooks.started] == ["work", "work", "stop"]


def test_a_conversation_that_is_cleared_ends_no_session(world: World, hooks: Hooks, ann: str) -> None:
    """The next conversation begins in the same window, before anything could end behind the hook."""
    for reason in ("clear", "resume"):
        hooks.claude("SessionEnd", ann, reason=reason)
    assert hooks.started == []
    hooks.claude("SessionEnd", ann, reason="prompt_input_exit")
    assert hooks.started == [("end", [], ann)]


def test_a_prompt_is_answered_when_something_changed(world: World, hooks: Hooks, ann: str) -> None:
    """The program is started where the ledger has moved; never for the end of a subagent."""
    hooks.claude("UserPromptSubmit", ann, prompt="<task-notification>done")
    assert hooks.started == []
    for _ in range(2):
        hooks.claude("UserPromptSubmit", ann, prompt="please")
    world.claim(world.session("bob"), "lib")
    hooks.claude("UserPromptSubmit", ann, prompt="please")
    assert [action for action, _, _ in hooks.started] == ["prompt", "prompt"]


def test_cursor_is_told_with_the_first_tool_of_a_turn(world: World, hooks: Hooks, ann: str) -> None:
    """It passes nothing on of what a hook says to a prompt; nothing is told where nothing changed, nor twice."""
    told: list[tuple[str, list[str], str]] = [("prompt", [], ann)]

    def turn(*tools: str) -> str:
        said = {"conversation_id": "c1", "workspace_roots": [str(world.top)]}
        answer = hooks.say("cursor", "beforeSubmitPrompt", {**said, "prompt": "please"}, ann)
        for tool in tools:
            given = {"tool_name": tool, "tool_input": {"file_path": str(world.top / "src/b.py")}}
            hooks.say("cursor", "postToolUse", {**said, **given}, ann)
        return answer

    assert turn() == "{}"
    assert hooks.started == []
    turn("Read", "Read")
    assert [one for one in hooks.started if one[0] == "prompt"] == told
    turn("Read")
    assert [one for one in hooks.started if one[0] == "prompt"] == told
    world.claim(world.session("bob"), "lib")
    turn("Read")
    assert [one for one in hooks.started if one[0] == "prompt"] == told * 2


def test_a_turn_is_known_to_be_over(world: World, hooks: Hooks, ann: str) -> None:
    """From the end of a turn that is not held until the next thing that happens in it."""
    window = Event("claude-code", "", {"session_id": "w1"})

    def turn() -> str:
        return Memory(str(world.top / ".git/coord"), window).seen(Turn.WORD)

    assert turn() == ""
    hooks.claude("Stop", ann, stop_hook_active=True)
    assert turn() == Turn.OVER
    hooks.shell("ls", ann)
    assert turn() == ""
    hooks.claude("Stop", ann, stop_hook_active=False)
    assert turn() == Turn.OVER
    hooks.claude("UserPromptSubmit", ann, prompt="go on")
    assert turn() == ""


def test_a_command_that_lasts_has_a_timer(
    world: World, hooks: Hooks, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for a window, for as long as commands run; those that run at once are told apart."""
    window, now = Event("claude-code", "", {"session_id": "w1"}), time.time_ns()

    def runs() -> bool:
        return lasting.runs(Memory(str(world.top / ".git/coord"), window))

    hooks.shell("make", ann)
    hooks.claude("PreToolUse", ann, tool_name="Bash", tool_use_id="t8", tool_input={"command": "make test"})
    assert hooks.timers == [lasting.PERIOD]
    hooks.shell("make", ann, name="PostToolUse")
    assert runs()
    monkeypatch.setattr(time, "time_ns", lambda: now + (lasting.PERIOD + 1) * SECOND)
    hooks.claude("PostToolUse", ann, tool_name="Bash", tool_use_id="t8", tool_input={"command": "make test"})
    assert not runs()
    hooks.shell("make", ann)
    assert hooks.timers == [lasting.PERIOD, lasting.PERIOD]
    assert runs()
    hooks.claude("UserPromptSubmit", ann, prompt="never mind")
    assert not runs()
