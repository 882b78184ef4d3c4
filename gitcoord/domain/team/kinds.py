"""The kinds of operations on teams."""

from __future__ import annotations

from typing import Any

from gitcoord.domain import fields
from gitcoord.domain.kind import Kind
from gitcoord.domain.team import apply


def _tell_team(data: dict[str, Any]) -> dict[str, Any]:
    members = [
        {"session": fields.text(item, "session"), "role": fields.text(item, "role", "")}
        for item in fields.records(data, "members")
    ]
    return {"team": fields.text(data, "name"), "members": members, "seats": fields.texts(data, "seats")}


def _tell_join(data: dict[str, Any]) -> dict[str, Any]:
    return {"team": fields.text(data, "team"), "role": fields.text(data, "role", "")}


def _tell_end(data: dict[str, Any]) -> dict[str, Any]:
    return {"team": fields.text(data, "team")}


KINDS = (
    Kind("team", apply.apply_team, _tell_team),
    Kind("team-join", apply.apply_join, _tell_join),
    Kind("team-end", apply.apply_end, _tell_end),
)
"""The kinds of operations on teams."""
