"""Sessions: sign on, listing, signs of life, handoffs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gitcoord.domain.session import record as session_record
from gitcoord.errors import CoordError
from gitcoord.errors.usage import AtMost, WrongField, WrongWord
from gitcoord.errors.web import CommandRefused, NoProject
from gitcoord.interfaces.http.orchestration.deed import text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.interfaces.http.orchestration.deed import Deed

STATUSES = {"idle": "idle", "active": "active", "gone": "disconnected", "ended": "disconnected"}
"""Our statuses of sessions, and their words for them."""


SCOPE = "sessions"
"""The scope of shared state with what is said of sessions and has no other place, by their ids."""

WORDS = 200
"""Characters that the board has for what a session does."""

PRUNED = 20
"""Sessions that are over, and that are forgotten at once."""

LOAD = ("active_agents", "resource_usage")
"""What a heartbeat says of the load of a session."""


def start(deed: Deed) -> dict[str, Any]:
    """Start a session; where what is said of it cannot be kept, no new one stays."""
    given = deed.given
    wanted = text(given, "project_id")
    if wanted and wanted != deed.visit.project.name:
        raise NoProject(wanted, deed.visit.project.name)
    metadata, user = given.get("metadata", {}), text(given, "user_id")
    if not isinstance(metadata, dict):
        raise WrongField("metadata", "an object")
    known = {each["id"] for each in deed.ask("sessions")["sessions"]}
    made = deed.ask("start", name=text(given, "session_id"), can=texts(given, "capabilities"), work=_work(metadata))
    about = ({"user_id": user} if user else {}) | ({"metadata": metadata} if metadata else {})
    try:
        kept = _keep(deed, made["session"], about)
    except (CommandRefused, CoordError):
        if made["session"] not in known:  # without a name it may be the one that there is already
            deed.ask("end", made["session"])
        raise
    return _session(deed, deed.one(made["session"], "session"), kept)


def _work(metadata: Mapping[str, Any]) -> str:
    found = metadata.get("work", metadata.get("description", ""))
    return found[:WORDS] if isinstance(found, str) else ""


def sessions(deed: Deed) -> dict[str, Any]:
    """Return the sessions."""
    wanted, project = text(deed.given, "status"), text(deed.given, "project_id")
    if wanted and wanted not in STATUSES.values():
        raise WrongWord("status", dict.fromkeys(STATUSES.values()))
    found = [] if project not in ("", deed.visit.project.name) else deed.ask("sessions")["sessions"]
    about = _kept(deed) if found else {}
    shown = [_session(deed, each, about.get(each["id"])) for each in found]
    return {"sessions": [each for each in shown if wanted in ("", each["status"])]}


def _session(deed: Deed, found: Mapping[str, Any], kept: Any) -> dict[str, Any]:
    about = kept if isinstance(kept, dict) else {}
    return {
        "session_id": found["id"],
        "name": found["name"],
        "user_id": about.get("user_id", found["user"]),
        "project_id": deed.visit.project.name,
        "capabilities": found["capabilities"],
        "metadata": about.get("metadata", {}),
        "status": STATUSES[found["status"]],
        "action": found["work"],
        "active_agents": about.get("active_agents", []),
        "resource_usage": about.get("resource_usage", {}),
        "last_heartbeat": found["last_seen"],
        "expires_at": found["held_until"],
    }


def _kept(deed: Deed) -> dict[str, Any]:
    """Return what is kept of all sessions, by their ids."""
    try:
        found = json.loads(deed.ask("state get", scope=SCOPE)["value"])
    except CommandRefused as refused:
        if refused.said.status != 404:
            raise
        return {}
    return dict(found)


def _keep(deed: Deed, session: str, about: dict[str, Any]) -> dict[str, Any]:
    """Keep what is said of a session, if that is new, and nothing of those that are over; returns all that is kept."""
    known = _kept(deed) if about else {}
    at = known.get(session)
    old = at if isinstance(at, dict) else {}
    new = {name: value for name, value in about.items() if name not in old or old[name] != value}
    if not new:
        return dict(old)
    changes = [{"op": "set", "key": session, "path": f"/{name}", "value": value} for name, value in new.items()]
    if old is not at:
        changes = [{"op": "set", "key": session, "value": new}]
    living = {each["id"] for each in deed.ask("sessions")["sessions"]}
    over = [key for key in known if session_record.well_formed(key) and key not in living]
    removals = [{"op": "remove", "key": key} for key in over[:PRUNED]]
    try:
        deed.ask("state patch", session, json.dumps([*changes, *removals]), scope=SCOPE)
    except CommandRefused:
        if not removals:
            raise
        deed.ask("state patch", session, json.dumps(changes), scope=SCOPE)  # another request has removed them
    return {**old, **new}


def heartbeat(deed: Deed) -> dict[str, Any]:
    """Give a sign of life, also where what is said of the load cannot be kept: then the answer says so."""
    given = deed.given
    agents, use = given.get("active_agents"), given.get("resource_usage")
    if agents is not None and not isinstance(agents, list | int):
        raise WrongField("active_agents", "a list or a number")
    if use is not None and not isinstance(use, dict):
        raise WrongField("resource_usage", "an object")
    status = text(given, "status") or "active"
    if len(status) > WORDS:
        raise AtMost("status", WORDS)
    done = deed.ask("beat", deed.path["session"], action=status)
    said = {"session_id": done["session"], "at": done["at"], "load_kept": True}
    try:
        _keep(deed, done["session"], {name: given[name] for name in LOAD if given.get(name) is not None})
    except CommandRefused as refused:
        said |= {"load_kept": False, "message": refused.said.record["message"]}
    return said


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
