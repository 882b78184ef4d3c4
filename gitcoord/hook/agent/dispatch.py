"""What is done about each kind of event. Most of it is light; what is not is done by another program."""

# ruff: noqa: PTH109, PTH112, PTH113, PTH116 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.guard.snapshot import Snapshot
from gitcoord.hook.agent import branch, files, heavy, lasting, who
from gitcoord.hook.agent.answer import HEARS_BEFORE, Answer
from gitcoord.hook.agent.memory import PHASE, TOLD, WAITING, WORKING, Memory, Turn
from gitcoord.kernel import coordfile, file, roster, sharing
from gitcoord.policy import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from gitcoord.hook.agent.event import Event
    from gitcoord.hook.context import Context

BEAT = 60
"""Seconds between two signs of life that a tool's end gives."""

DAY = 24 * 3600

LONG_BEAT = 5 * 60
"""Seconds after the last sign of life in which a shell command gives one when it begins."""

_DEAF_TO_PROMPTS = ("cursor",)
"""Agents that pass nothing on of what a hook says to a prompt: they are told it with the turn's first tool."""

_OWED = "owed"
"""The word under which it stands that a prompt came, and nothing was told with it."""

_NOBODY_IS_ASKED = ("auth_success", "elicitation_complete", "elicitation_response")
"""What Claude Code notifies of besides, while its agent waits for nobody."""

_TURNS = ("prompt", "before", "after", "stop")
"""Events that show that a turn goes on."""

_GOES_ON = ("clear", "resume", "compact")
"""Why an agent's conversation ends and the next one begins at once in the same window, whose session goes on."""


def answer(event: Event, environ: dict[str, str], common_dir: str) -> Answer:
    """Return what an agent is answered; does not return where another program answers.

    Raises `CoordError` and `OSError`.
    """
    cwd = os.path.realpath(event.cwd if os.path.isdir(event.cwd) else os.getcwd())
    if not common_dir:
        git_dir = files.around(cwd)[1]
        common_dir = files.common_of(git_dir) if git_dir else ""
    common_dir = os.path.realpath(common_dir) if common_dir else ""
    if not os.path.isfile(common_dir + "/coord/clone"):
        return Answer()
    sharing.adopt(common_dir + "/coord")
    env = who.environment(event, environ, common_dir + "/coord")
    context = who.open_context(common_dir, env)
    _stand(cwd, environ, common_dir)
    memory = Memory(context.coord_dir, event)
    if event.kind in _TURNS and memory.seen(Turn.WORD):
        memory.note(Turn.WORD, "")
    return _KINDS[event.kind](context, event, memory, cwd)


def _before(context: Context, event: Event, memory: Memory, cwd: str) -> Answer:
    found = _files(event, cwd, context.common_dir)
    if event.use == "read":
        return Answer()
    if event.use == "shell" and LONG_BEAT < memory.age("beat") < DAY:
        memory.note("beat", "")
        _leave("work", context, event)  # a command may take longer than a claim lasts
    if event.use == "shell":
        lasting.begin(memory, event.use_id)
        if lasting.needs_timer(memory):
            _leave("keep", context, event, after=lasting.PERIOD)
        branch.find(context, memory, cwd)
    if event.use == "shell" and "git" in event.command:
        from gitcoord.hook.agent import commands

        said = commands.judge(context, event, memory, cwd)
        if said.deny or not found:
            return said
    if not found:
        return Answer()
    os.chdir(found[0].top)
    from gitcoord.hook.agent import edits

    return _heard(event, memory, edits.judge(context, event, memory, found), [each.path for each in found])


def _heard(event: Event, memory: Memory, said: Answer, paths: list[str]) -> Answer:
    """Return the answer; a warning that the agent would not hear before the tool runs is kept for the tool's end."""
    if not said.context or said.deny or event.agent in HEARS_BEFORE:
        return said
    from gitcoord.hook.agent import unseen

    unseen.keep_passed(memory, paths)
    return Answer(command=said.command)


def _after(context: Context, event: Event, memory: Memory, cwd: str) -> Answer:
    found = _files(event, cwd, context.common_dir)
    for each in found:
        memory.note_read(each.real)
    if event.use == "edit":
        memory.note_done([each.path for each in found])
    settles = False
    if event.use == "shell":
        lasting.end(memory, event.use_id)
        from gitcoord.hook.agent import commands

        settles = commands.look_at_heads(context, event, memory, cwd)
    if _goes_on(memory) or settles or memory.age("beat") > BEAT:
        memory.note("beat", "")
        _leave("work", context, event)
    if event.program in _DEAF_TO_PROMPTS and memory.seen(_OWED):
        memory.note(_OWED, "")
        if _has_news(context, event, memory):
            _become("prompt", context, event)
    lines = [*_put_off(memory), *_lost(memory), *_behind(memory), *_urgent(context, event, memory)]
    return Answer(context=" ".join(lines))


def _put_off(memory: Memory) -> list[str]:
    """Tell what an agent could not hear before the tool ran, in our words: what stands in a file is not believed."""
    from gitcoord.hook.agent import unseen

    text = unseen.kept(memory)
    return [text] if text else []


def _lost(memory: Memory) -> list[str]:
    """Tell of an edit whose claim another session got first: it was made, and cannot be committed."""
    path = memory.pop("lost")
    if not path:
        return []
    return [
        f"Another session claimed {plain.path(path)} first. Your edit of it stands in your files; a commit of it is"
        f" refused. Do not edit it further; see: git coord check {plain.typed(path)}"
    ]


def _behind(memory: Memory) -> list[str]:
    """Tell of an edit of a file that another session released at a commit that this one's branch does not have."""
    path = memory.pop("behind")
    if not path:
        return []
    return [
        f"Another session released {plain.path(path)} at a commit that your branch does not have: take that in first,"
        f" or the two may conflict. See: git coord log --path {plain.typed(path)}"
    ]


def _urgent(context: Context, event: Event, memory: Memory) -> list[str]:
    """Tell how many urgent messages came, once for each time that some did."""
    me = _session_of(context, event)
    try:
        content = file.read(f"{context.coord_dir}/{coordfile.NEWS}/{me}") if me else b""
    except OSError:
        content = b""
    count = content.count(b'"urgent": true')
    told = f"{count}"
    if told == (memory.seen("urgent") or "0"):
        return []
    memory.note("urgent", told)
    return [f"{count} urgent message{'s' if count > 1 else ''}: git coord inbox"] if count else []


def _start(context: Context, event: Event, memory: Memory, cwd: str) -> Answer:
    git_dir = branch.git_dir_of(context, cwd)
    if git_dir:
        branch.know(context, memory, git_dir)
    return _become("start", context, event)


def _prompt(context: Context, event: Event, memory: Memory, _: str) -> Answer:
    """Tell what changed; what the end of a subagent says was not typed by a person."""
    if not event.by_person or event.child:
        return Answer()
    lasting.end_all(memory)
    if _goes_on(memory):
        _leave("work", context, event)
    if event.program in _DEAF_TO_PROMPTS:
        memory.note(_OWED, "yes")
        return Answer()
    return _become("prompt", context, event) if _has_news(context, event, memory) else Answer()


def _has_news(context: Context, event: Event, memory: Memory) -> bool:
    """Whether there may be something that the agent was not told yet; it counts as told from now on."""
    glance = _glance(context, event)
    if glance and glance == memory.seen("glance"):
        return False
    memory.note("glance", glance)
    return True


def _glance(context: Context, event: Event) -> str:
    """Return what changes when there may be something to tell, in a few system calls; '' where that cannot be seen."""
    try:
        ledger = file.read(context.store_dir + "/refs/coord/ledger").decode("ascii", "replace").strip()
    except OSError:
        return ""
    try:
        news = os.stat(f"{context.coord_dir}/{coordfile.NEWS}/{_session_of(context, event)}")
    except OSError:
        return ledger
    return f"{ledger} {news.st_mtime_ns} {news.st_size}"


def _stop(context: Context, event: Event, memory: Memory, _: str) -> Answer:
    entries = roster.read(f"{context.coord_dir}/{coordfile.ROSTER}")
    me = _session_of(context, event)
    lasting.end_all(memory)
    hub = b"hub" in file.read(context.common_dir + "/config")
    if event.again or (not hub and all(me in (entry.session, entry.parent) for entry in entries)):
        memory.note(Turn.WORD, Turn.OVER)
        _leave("work", context, event)
        return Answer()
    memory.note("beat", "")
    return _become("stop", context, event)


def _waiting(context: Context, event: Event, memory: Memory, _: str) -> Answer:
    if event.reason not in _NOBODY_IS_ASKED and memory.seen(PHASE) not in (WAITING, TOLD):
        memory.note(PHASE, WAITING)
        _leave("wait", context, event)
    return Answer()


def _goes_on(memory: Memory) -> bool:
    """Take note that the agent no longer waits; returns whether others have to be told."""
    told = memory.seen(PHASE)
    if told in (WAITING, TOLD):
        memory.note(PHASE, WORKING if told == TOLD else "")
    return told == TOLD


def _end(context: Context, event: Event, _: Memory, __: str) -> Answer:
    if event.reason not in _GOES_ON:
        _leave("end", context, event)
    return Answer()


def _child_start(context: Context, event: Event, _: Memory, __: str) -> Answer:
    return _become("child", context, event) if event.child else Answer()


def _child_stop(context: Context, event: Event, _: Memory, __: str) -> Answer:
    if event.child:
        _leave("end-child", context, event)
    return Answer()


def _env(context: Context, event: Event, _: Memory, __: str) -> Answer:
    me = _session_of(context, event)
    return Answer(env={who.VARIABLE: me} if me else {})


def _session_of(context: Context, event: Event) -> str:
    """Return the id of the event's session by the roster alone, '' where it has none of its own there."""
    named = context.environ.get(who.VARIABLE, "")
    if named:
        return named
    key = who.key_of(event)
    found = [
        entry.session for entry in roster.read(f"{context.coord_dir}/{coordfile.ROSTER}") if key and entry.key == key
    ]
    return found[-1] if found else ""


def _become(action: str, context: Context, event: Event) -> NoReturn:
    env, pid = _identity(context)
    heavy.become(action, event, context.common_dir, env, pid=pid)


def _leave(action: str, context: Context, event: Event, after: int = 0) -> None:
    env, pid = _identity(context)
    heavy.detach(action, event, context.common_dir, env, pid=pid, after=after)


def _identity(context: Context) -> tuple[dict[str, str], int]:
    """Return the environment that names the event's session, or the agent's process where there is none yet."""
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        window = who.Window(context, snapshot)
        env = dict(context.environ)
        if window.me is not None:
            return {**env, who.VARIABLE: window.me.id}, window.pid
        env.pop(who.VARIABLE, None)
        return env, window.pid
    finally:
        snapshot.close()


def _files(event: Event, cwd: str, common_dir: str) -> list[files.File]:
    found = (files.find(path, cwd, common_dir) for path in event.paths)
    return [file for file in found if file is not None]


def _stand(cwd: str, environ: dict[str, str], common_dir: str) -> None:
    """Stand in a worktree of the repository: where the agent is, or the one of its project."""
    for directory in (cwd, environ.get("CURSOR_PROJECT_DIR", ""), environ.get("CLAUDE_PROJECT_DIR", "")):
        top, git_dir = files.around(os.path.realpath(directory)) if directory else ("", "")
        if top and files.common_of(git_dir) == common_dir:
            os.chdir(top)
            return


_KINDS: dict[str, Callable[[Context, Event, Memory, str], Answer]] = {
    "before": _before,
    "after": _after,
    "start": _start,
    "prompt": _prompt,
    "stop": _stop,
    "waiting": _waiting,
    "end": _end,
    "child-start": _child_start,
    "child-stop": _child_stop,
    "env": _env,
}
