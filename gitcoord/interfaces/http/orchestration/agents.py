"""Agents, which are sessions below another one, and what they lock."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from gitcoord.errors.refusal import NoSuch
from gitcoord.errors.usage import GoesWith, WrongField, WrongWord
from gitcoord.interfaces.http.orchestration.deed import seconds, text, texts

if TYPE_CHECKING:
    from gitcoord.interfaces.http.orchestration.deed import Deed


STATUSES = ("starting", "ready", "busy", "error")
"""What an agent can say of itself."""


def agent(deed: Deed) -> dict[str, Any]:
    """Start an agent as a child of a session, or say how one that is there stands."""
    given = deed.given
    name, status = text(given, "agent_id"), text(given, "status")
    if status and status not in STATUSES:
        raise WrongWord("status", STATUSES)
    parent = deed.one(text(given, "session_id"), "session")["id"] if given.get("session_id") else ""
    known = [
        each
        for each in deed.ask("sessions")["sessions"]
        if name and name in (each["id"], each["name"]) and parent in ("", each["parent"])
    ]
    if known:
        found = known[0] if len(known) == 1 else deed.one(name, "agent")
        session = found["id"]
        _check_unchanged(found, given)
    else:
        fields = {"name": name, "parent": parent, "role": text(given, "type")}
        session = deed.ask("start", can=texts(given, "capabilities"), **fields)["session"]
    if status or not known:
        deed.ask("beat", session, action=status or "ready")
    return _agent(deed, session)


def _check_unchanged(found: dict[str, Any], given: dict[str, Any]) -> None:
    """Raise `Usage` for what is said of an agent only when it starts, where it is another one by now."""
    kind, can = text(given, "type") or found["role"], texts(given, "capabilities") or found["capabilities"]
    if kind != found["role"] or set(can) != set(found["capabilities"]):
        raise GoesWith("another type, or other capabilities,", "a new agent")


def show_agent(deed: Deed) -> dict[str, Any]:
    """Return an agent, with what it has locked."""
    return _agent(deed, deed.path["agent"])


def _agent(deed: Deed, name: str) -> dict[str, Any]:
    found = deed.one(name, "agent")
    held = deed.ask("claims", of=found["id"])["claims"]
    known = found["work"] if found["work"] in STATUSES else "busy"
    return {
        "agent_id": found["id"],
        "name": found["name"],
        "session_id": found["parent"],
        "type": found["role"],
        "capabilities": found["capabilities"],
        "status": "error" if found["status"] == "gone" else known,
        "locks": [
            {"lock_id": _lock(each["scope"]), "resource": each["scope"], "token": each["token"]} for each in held
        ],
    }


def lock(deed: Deed) -> dict[str, Any]:
    """Claim a resource for an agent."""
    given = deed.given
    resource = text(given, "resource")
    if not resource:
        raise WrongField("resource", "a path, a glob or kind:name")
    won = deed.ask(
        "claim",
        deed.path["agent"],
        scopes=[resource],
        ttl=seconds(given, "timeout"),
        why=text(given, "reason"),
    )
    (made,) = won["claims"]
    return {
        "lock_id": _lock(made["scope"]),
        "resource": made["scope"],
        "agent_id": made["session"],
        "token": made["token"],
        "expires_at": made["held_until"],
    }


def unlock(deed: Deed) -> dict[str, Any]:
    """Release what a lock stands for."""
    try:
        text = deed.path["lock"]
        scope = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError) as error:
        raise NoSuch("lock", repr(text)) from error
    deed.ask("release", deed.path["agent"], scopes=[scope])
    return {"released": scope}


def _lock(scope: str) -> str:
    """Return the id of a lock: its scope, as a path can have it."""
    return base64.urlsafe_b64encode(scope.encode("utf-8", "surrogateescape")).decode().rstrip("=")
