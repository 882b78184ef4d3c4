"""What is done about events that a light hook cannot answer itself."""

from __future__ import annotations

import copy
import os
import signal
import time
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.role import record as role
from gitcoord.domain.session import beat, transcript
from gitcoord.domain.session import end as ending
from gitcoord.domain.session import record as session
from gitcoord.domain.session import start as starting
from gitcoord.domain.snapshot import taking
from gitcoord.domain.snapshot.view import named
from gitcoord.domain.window import automatic, digest
from gitcoord.errors import CoordError
from gitcoord.hook.agent import heavy, lasting
from gitcoord.hook.agent.answer import Answer
from gitcoord.hook.agent.memory import PHASE, TOLD, WAITING, WORKING, Memory, Turn
from gitcoord.hook.agent.who import VARIABLE
from gitcoord.kernel import process
from gitcoord.policy import identity, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.interfaces.agents.main import Task

SNAPSHOT = 10
"""Seconds that a snapshot may take before a refusal."""

PATIENCE = 3.0
"""Seconds after which an agent that has asked for a permission counts as waiting."""

_NAMES = {"claude-code": "claude"}
"""Agents that the ledger calls otherwise than their configuration does."""


def start(call: Call, task: Task) -> Answer:
    """Start or find the session of a window, and tell the agent what it should know."""
    me, _ = _session(call, task)
    starting.name_window(call.workspace, me, task.key)
    env: dict[str, str] = {VARIABLE: me.id}
    _export(task, me.id)
    return Answer(context=_news(call, task, me), env=env)


def prompt(call: Call, task: Task) -> Answer:
    """Tell what an agent should know, where that is not what it was told last."""
    me, _ = _session(call, task)
    before = task.memory.seen("digest")
    text = _news(call, task, me)
    return Answer(context=text if task.memory.seen("digest") != before else "")


def child(call: Call, task: Task) -> Answer:
    """Start the session of a subagent."""
    me, _ = _session(call, task)
    text = f"git-coord: this subagent is {plain.session(me.id)}, a session of its own. " if me.ancestors else ""
    return Answer(context=text + digest.of_edits(call.workspace) if text else "")


def end_child(call: Call, task: Task) -> None:
    """End the session of a subagent; what it edited and did not commit is its parent's."""
    me = _known(call)
    if me is None or not me.ancestors:
        return
    parent = session.read(call.state, me.ancestors[0])
    if parent is not None:
        automatic.hand_over(call.workspace, me, parent, task.memory.trees)
        window = copy.copy(task.event)
        window.child = ""
        memory = Memory(str(call.place.coord_dir), window)
        for path, top in task.memory.trees.items():
            memory.note_tree(path, top)
    ending.end(call.workspace, me, "")
    task.memory.forget()


def claim(call: Call, task: Task) -> None:
    """Claim what an agent edits; what another session got first, or released elsewhere, is told at a tool's end."""
    me, _ = _session(call, task)
    taken = automatic.take(call.workspace, me, task.paths)
    for path in taken.lost:
        task.memory.note("lost", path)
    for path in taken.behind:
        task.memory.note("behind", path)


def work(call: Call, task: Task) -> None:
    """Give a sign of life, keep claims alive, and end those of files that are committed."""
    me, _ = _session(call, task)
    phase = WORKING if task.memory.seen(PHASE) == WORKING else ""
    if phase:
        task.memory.note(PHASE, "")
    _beat(call, me, beat.Beat(call.now, phase, phase=phase))
    _settle(call, task, me)
    _renew(call, me)


def keep(call: Call, task: Task) -> None:
    """Keep alive what a session holds while a command of its agent runs, and look again later.

    Nothing where none runs, or the agent's process is gone: the timer ends then.
    """
    me, memory = _known(call), task.memory
    if me is None or not lasting.runs(memory) or call.workspace.gone(me):
        return
    lasting.set_timer(memory)
    _beat(call, me, beat.Beat(call.now))
    _renew(call, me)
    environ = {**task.environ, VARIABLE: me.id}
    heavy.detach("keep", task.event, str(call.place.common_dir), environ, pid=task.pid, after=lasting.PERIOD)


def wait(call: Call, task: Task) -> None:
    """Say that an agent waits for a person, where it still does after a moment: some programs answer themselves."""
    time.sleep(PATIENCE)
    memory = Memory(str(call.place.coord_dir), task.event)
    if memory.seen(PHASE) != WAITING:
        return
    memory.note(PHASE, TOLD)
    me, _ = _session(call, task)
    _beat(call, me, beat.Beat(call.now, "waiting for its user", phase=digest.WAITING))


def guard(call: Call, task: Task) -> Answer:
    """Refuse a dangerous command, and keep what is uncommitted before the agent finds another way to it."""
    text = task.paths[0]
    with suppress(CoordError, OSError), _within(SNAPSHOT):
        me, _ = _session(call, task)
        taking.check_place(call.place)
        taken = taking.take(call.workspace, me, "before a dangerous command of an agent")
        if taken.kept is not None:
            but = f"The uncommitted work here was kept, except {named(taken.left)}"
            kept = but if taken.left else "All uncommitted work here was kept"
            text += f". {kept}: git coord snapshot --restore {taken.kept.id[:12]}"
    return Answer(deny=text)


def stop(call: Call, task: Task) -> Answer:
    """Hold the end of a turn, once, while a request of another session is unanswered.

    Never where work is halted, nor for a role that may change no file: whoever started such a session waits for what it
    found.
    """
    me, _ = _session(call, task)
    _settle(call, task, me)
    rights = role.of(call.state, me.id)
    only_reads = rights is not None and rights.only_reads
    free = task.event.again or only_reads or digest.is_halted(call.state, me, call.now)
    count = 0 if free else digest.waiting_requests(call.workspace, me)
    if not count:
        task.memory.note(Turn.WORD, Turn.OVER)
        return Answer()
    asked = "A request of another session waits" if count == 1 else f"{count} requests of other sessions wait"
    return Answer(
        hold=f"{asked} for your answer. See it with: git coord status. Answer with: git coord ack ID -m TEXT. "
        "If you cannot answer now, say so in the answer, and end your turn."
    )


def end(call: Call, task: Task) -> None:
    """End the session of a window, and those of its subagents."""
    me = _known(call)
    if me is None:
        return
    for item in list(session.every(call.state)):
        if me.id in item.ancestors and call.workspace.is_ours(item):
            ending.end(call.workspace, item, "")
    ending.end(call.workspace, me, "")
    task.memory.forget()


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    """End the block after so many seconds, with a `TimeoutError`: a hook that is killed would refuse nothing."""

    def end(_: int, __: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    left = signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(left)
        signal.signal(signal.SIGALRM, before)


def _beat(call: Call, me: Session, said: beat.Beat) -> None:
    """Replace the session's beat; nothing of it is kept on its log. Renews a lease that is due."""
    beat.put(call.workspace, me.id, said)
    renew_if_due(call.workspace, me.id)


def _renew(call: Call, me: Session) -> None:
    """Keep the automatic claims alive; those of a subagent's parents, too, which may wait for it."""
    automatic.renew(call.workspace, me)
    for above in me.ancestors:
        parent = session.read(call.state, above)
        if parent is not None and call.workspace.is_ours(parent):
            automatic.renew(call.workspace, parent)
            renew_if_due(call.workspace, parent.id)


def _settle(call: Call, task: Task, me: Session) -> None:
    """End the claims of what is committed; the next edit of such a file is the first one again."""
    memory = task.memory
    memory.take_back(automatic.settle(call.workspace, me, memory.trees, memory.under_way()))


def _session(call: Call, task: Task) -> tuple[Session, bool]:
    """Return the session of the window, or of the subagent, and whether it was started just now.

    Where the agent keeps what is said in the window is noted.
    """
    me, is_new = _found_or_started(call, task)
    transcript.keep(call.workspace, me.id, task.event.transcript)
    return me, is_new


def _found_or_started(call: Call, task: Task) -> tuple[Session, bool]:
    known = _known(call)
    if known is not None and not task.event.child:
        return known, False
    agent = _NAMES.get(task.event.program, task.event.program)
    found = process.read(task.pid) if task.pid else None
    if task.event.child and task.event.kind.startswith("child"):
        parent = known or starting.ensure_window(call.workspace, _anchor(found, agent, _root(task)))[0]
        if parent.ancestors:
            return parent, False
        return starting.ensure_window(call.workspace, _anchor(found, agent, task.key), parent.id)
    if known is not None:
        return known, False
    return starting.ensure_window(call.workspace, _anchor(found, agent, _root(task)))


def _anchor(found: process.Process | None, agent: str, key: str) -> identity.Anchor:
    return identity.Anchor("agent" if found is not None else "sandboxed", found, agent, key)


def _root(task: Task) -> str:
    """Return the key of the window, where the event is a subagent's."""
    variable, value = task.key.partition("=")[0], task.event.session
    if task.event.child and task.event.agent != "codex":
        from gitcoord.hook.agent.who import KEYS

        variable = KEYS[task.event.program]
    return f"{variable}={value}" if value and variable else ""


def _known(call: Call) -> Session | None:
    """Return the session that the hook found, None where it found none.

    The hook has looked already; behind it this process is no longer below one of the agent's.
    """
    if not call.session:
        return None
    try:
        return call.find(for_reading=False)
    except CoordError:
        return None


def _news(call: Call, task: Task, me: Session) -> str:
    """Return the digest, and remember it as told."""
    text = digest.build(call.workspace, me)
    task.memory.note("digest", f"{zlib.crc32(text.encode()):08x}")
    return text


def _export(task: Task, me: str) -> None:
    """Let the agent's later commands know their session, where the agent offers a file for that."""
    path = task.environ.get("CLAUDE_ENV_FILE", "")
    if path and task.event.agent == "claude-code":
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, f"export {VARIABLE}={me}\n".encode())
        finally:
            os.close(fd)


WAITED_FOR = frozenset(["guard", "start", "prompt", "child", "stop"])
"""The actions whose answer an agent waits for."""

ACTIONS: dict[str, Callable[[Call, Task], Answer | None]] = {
    "start": start,
    "prompt": prompt,
    "child": child,
    "end-child": end_child,
    "claim": claim,
    "guard": guard,
    "work": work,
    "keep": keep,
    "wait": wait,
    "stop": stop,
    "end": end,
}
