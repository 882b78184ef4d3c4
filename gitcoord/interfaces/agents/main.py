"""Answers the events of agents that need the whole program: one function for each action.

Where the agent waits for the answer, nothing waits for the network: what is known here is what counts, and what was
recorded goes out with the next contact. What nobody waits for is carried to the hub.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, replace
from gitcoord.errors import CoordError
from gitcoord.hook.agent.answer import Answer, render
from gitcoord.hook.agent.event import Event
from gitcoord.hook.agent.line import NOTHING
from gitcoord.hook.agent.memory import Memory
from gitcoord.hook.agent.who import VARIABLE, key_of
from gitcoord.interfaces import asking, surroundings
from gitcoord.interfaces.agents import actions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Task:
    """What a hook left to do: the event, the paths it is about, the number of the agent's process (0 for unknown)."""

    event: Event
    paths: list[str]
    pid: int
    key: str
    memory: Memory
    environ: Mapping[str, str]


def main(argv: list[str]) -> None:
    """Do `ACTION` for the event that is described as JSON, and print what the agent is answered."""
    action, said = argv[0], json.loads(argv[1])
    text = NOTHING.get(said["program"], "")
    with suppress(CoordError, OSError, ValueError):
        text = render(_event(said), run(action, said, dict(os.environ))) or text
    sys.stdout.write(text)
    sys.stdout.flush()
    os._exit(0)


def run(action: str, said: Mapping[str, Any], environ: dict[str, str]) -> Answer:
    """Do an action; returns what the agent is answered. Raises `CoordError` and `OSError`."""
    event = _event(said)
    memory = Memory(f"{said['common']}/coord", event)
    task = Task(event, said["paths"], said["pid"], key_of(event), memory, environ)
    call = _call(environ, waited_for=action in actions.WAITED_FOR)
    try:
        return actions.ACTIONS[action](call, task) or Answer()
    finally:
        asking.end(call)


def _event(said: Mapping[str, Any]) -> Event:
    record = {
        "session_id": said["session"],
        "agent_id": said["child"],
        "reason": said["reason"],
        "stop_hook_active": said["again"],
        "transcript_path": said.get("transcript", ""),
    }
    if said["program"] == "cursor":
        record["conversation_id"] = said["session"]
    return Event(said["agent"], said["name"], record)


def _call(environ: dict[str, str], *, waited_for: bool) -> Call:
    from gitcoord.domain.call import Call

    around = surroundings.around(environ, note=lambda _: None, read_input=lambda _: b"", output=2)
    if waited_for:
        around = replace(around, agreement=lambda _: None)
    return Call(around, session=environ.get(VARIABLE, ""))
