"""The board without JavaScript: plain tables, in the order of the page, made from the same record."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLES: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "Halts",
        "halts",
        {"reason": "Reason", "name": "By", "since": "Since", "only": "Only", "missing": "No answer yet"},
    ),
    ("Needs attention", "attention", {"text": "What", "hint": "What helps"}),
    (
        "Sessions",
        "sessions",
        {
            "name": "Session",
            "status": "Status",
            "last_seen": "Last sign of life",
            "parent": "Parent",
            "teams": "Teams",
            "work": "Doing",
            "progress": "Progress",
            "branch": "Branch",
            "git": "Git",
            "claims": "Claims",
        },
    ),
    (
        "Landing",
        "landing",
        {"branch": "Onto", "place": "Place", "name": "Session", "what": "What", "since": "Since"},
    ),
    (
        "Tasks",
        "tasks",
        {"title": "Task", "status": "Status", "holder_name": "Held by", "progress": "Progress", "error": "Error"},
    ),
    ("Workflows", "workflows", {"title": "Workflow", "status": "Status", "stages": "Stages"}),
    ("Barriers", "barriers", {"name": "Barrier", "status": "Status", "arrivals": "Arrived", "missing": "Missing"}),
    ("Teams", "teams", {"name": "Team", "members": "Members"}),
    ("Messages", "messages", {"time": "When", "name": "From", "to": "To", "subject": "Subject"}),
    ("Claims", "claims", {"scope": "Scope", "called": "Held by", "held_until": "Until", "work": "Work"}),
    ("Timeline", "events", {"time": "When", "name": "Session", "subject": "What", "verdict": "Verdict"}),
)
"""Title, part of the record, and of each item the fields with their heads."""


def tables(record: dict[str, Any]) -> Iterable[str]:
    """Yield the tables of a record of the board."""
    for title, part, heads in TABLES:
        items = _items(record, part)
        total = record["tasks_total"] if part == "tasks" else len(items)
        yield _table(
            f"{title} ({total})", [*heads.values()], [[_cell(one.get(name)) for name in heads] for one in items]
        )


def _items(record: dict[str, Any], part: str) -> list[dict[str, Any]]:
    if part == "landing":
        return [{"branch": line["branch"], **one} for line in record["lines"] for one in line["entries"]]
    if part == "sessions":
        return [one | _relations(record, one) for one in record["sessions"]]
    items: list[dict[str, Any]] = record[part]
    if part == "workflows":
        return [one | {"stages": [_stage(stage) for stage in one["stages"]]} for one in items]
    return items


def _relations(record: dict[str, Any], session: dict[str, Any]) -> dict[str, Any]:
    """Return how a session stands to others and in its working tree, in words."""
    names = {one["id"]: one["name"] for one in record["sessions"]}
    teams = [team for team in record["teams"] if session["id"] in (member["session"] for member in team["members"])]
    progress, git = session["progress"], session["git"]
    return {
        "parent": names.get(session["parent"], session["parent"]),
        "teams": teams,
        "progress": "" if progress is None else f"{progress} %",
        "git": _git(git) if git else "",
        "work": " ".join(word for word in (session["work"], session["target"]) if word),
    }


def _git(git: dict[str, Any]) -> str:
    base, counts = git["base"], (("dirty", "uncommitted"), ("ahead", "ahead"), ("behind", "behind"))
    landing = {"landed": f"landed on {base}", "lands": f"would land on {base}", "conflicts": f"conflicts with {base}"}
    words = [f"{git[name]} {word}" for name, word in counts if git[name]]
    said = landing.get(git["landing"], "")
    return ", ".join([*words, *([said] if said else [])]) + (f": {', '.join(git['paths'])}" if git["paths"] else "")


def _stage(stage: dict[str, Any]) -> str:
    return f"{stage['name']}: {stage['status']}" + (f", {stage['holder_name']}" if stage["holder_name"] else "")


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one.get("name", one.get("need"))) if isinstance(one, dict) else str(one) for one in value)
    return "" if value is None else str(value)


def _table(title: str, heads: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return f"<p>{escape(title)}: none</p>"
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return (
        f'<table class="plain"><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table>"
    )
