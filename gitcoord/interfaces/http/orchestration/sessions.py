"""Sessions: sign on, listing, signs of life, handoffs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gitcoord.errors.usage import WrongField, WrongWord
from gitcoord.errors.web import NoProject
from gitcoord.interfaces.http.orchestration.deed import text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.interfaces.http.orchestration.deed import Deed

STATUSES = {"idle": "idle", "active": "active", "gone": "disconnected", "ended": "disconnected"}
"""Our statuses of sessions, and their words for them."""


def start(deed: Deed) -> dict[str, Any]:
    """Start a session."""
    given = deed.given
    wanted = text(given, "project_id")
    if wanted and wanted != deed.visit.project.name:
        raise NoProject(wanted, deed.visit.project.name)
    metadata = given.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise WrongField("metadata", "an object")
    made = deed.ask("start", name=text(given, "session_id"), can=texts(given, "capabilities"), work=_work(metadata))
    about = {"user_id": text(given, "user_id"), "metadata": metadata}
    if any(about.values()):
        deed.ask("state set", made["session"], scope="sessions", key=made["session"], value=json.dumps(about))
    return {
        "session_id": made["session"],
        "name": made["name"],
        "project_id": deed.visit.project.name,
        "expires_at": made["held_until"],
        **about,
    }


def _work(metadata: Mapping[str, Any]) -> str:
    found = metadata.get("work", metadata.get("description", ""))
    return found[:200] if isinstance(found, str) else ""


def sessions(deed: Deed) -> dict[str, Any]:
    """Return the sessions."""
    wanted, project = text(deed.given, "status"), text(deed.given, "project_id")
    if wanted and wanted not in STATUSES.values():
        raise WrongWord("status", dict.fromkeys(STATUSES.values()))
    found = [] if project not in ("", deed.visit.project.name) else deed.ask("sessions")["sessions"]
    shown = [_session(deed, each) for each in found]
    return {"sessions": [each for each in shown if wanted in ("", each["status"])]}


def _session(deed: Deed, found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "session_id": found["id"],
        "name": found["name"],
        "user_id": found["user"],
        "project_id": deed.visit.project.name,
        "capabilities": found["capabilities"],
        "status": STATUSES[found["status"]],
        "action": found["work"],
        "last_heartbeat": found["last_seen"],
        "expires_at": found["held_until"],
    }


def heartbeat(deed: Deed) -> dict[str, Any]:
    """Give a sign of life."""
    given = deed.given
    agents, use = given.get("active_agents", []), given.get("resource_usage") or {}
    if not isinstance(agents, list | int) or not isinstance(use, dict):
        raise WrongField("active_agents", "a list or a number, and resource_usage an object")
    count = len(agents) if isinstance(agents, list) else agents
    said = ([f"{count} agents"] if count else []) + [f"{name} {value}" for name, value in use.items()]
    done = deed.ask(
        "beat", deed.path["session"], action=text(given, "status") or "active", target=", ".join(said)[:200]
    )
    return {"session_id": done["session"], "at": done["at"]}


def handoff(deed: Deed) -> dict[str, Any]:
    """Offer work to a session."""
    given = deed.given
    context = given.get("context")
    words = [text(given, "message"), context if isinstance(context, str) else json.dumps(context) if context else ""]
    made = deed.ask(
        "handoff offer",
        deed.path["session"],
        to=text(given, "target_session") or "next",
        why="\n".join(word for word in words if word),
        tasks=texts(given, "tasks"),
    )
    return {
        "handoff_id": made["id"],
        "status": made["status"],
        "target_session": made["to"],
        "expires_at": made["until"],
    }
