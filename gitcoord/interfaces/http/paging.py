"""Pages of lists, and filters by the plain fields of what they list, for commands that have none of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.errors.usage import WrongField
from gitcoord.interfaces import registry, schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import QueryParams

    from gitcoord.domain.command import Command

MOST = 1000
"""Items of a page."""


class Page(NamedTuple):
    """How the answers of a command can be cut.

    `of` is its list ('' for none); `by_place`: with limit and offset; `fields` are those to filter by.
    """

    of: str
    by_place: bool
    fields: Mapping[str, Any]


class Wanted(NamedTuple):
    """What of a list is wanted."""

    limit: int | None
    offset: int
    fields: Mapping[str, str]


NONE = Wanted(None, 0, {})


def page_of(command: Command) -> Page:
    """Return how the answers of a command can be cut."""
    taken = set(registry.request_schema(command)["properties"])
    of, fields = schemas.listed(registry.answer_of(command))
    if not of:
        return Page("", False, {})
    kept = {name: kind for name, kind in fields.items() if name not in {*taken, "limit", "offset"}}
    return Page(of, taken.isdisjoint(("limit", "offset")), kept)


def split(page: Page, query: QueryParams) -> tuple[Wanted, dict[str, list[str]]]:
    """Return what a query says of the page, and the rest of it. Raises `Usage`."""
    given = {name: query.getlist(name) for name in query}
    limit = _number("limit", given.pop("limit")) if page.by_place and "limit" in given else None
    offset = _number("offset", given.pop("offset")) if page.by_place and "offset" in given else 0
    fields = {name: given.pop(name)[-1] for name in page.fields if name in given}
    return Wanted(limit, offset or 0, fields), given


def _number(name: str, values: list[str]) -> int:
    text = values[-1]
    if not (text.isascii() and text.isdigit() and len(text) < 10) or (name == "limit" and not 0 < int(text) <= MOST):
        raise WrongField(name, f"a number from 1 to {MOST}" if name == "limit" else "a number")
    return int(text)


def cut(page: Page, wanted: Wanted, record: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with only the part of its list that is wanted, and `page`, which says what that is."""
    items = record.get(page.of)
    if wanted is NONE or not page.of or not isinstance(items, list) or wanted == NONE:
        return record
    found = [item for item in items if all(_is(item.get(name), said) for name, said in wanted.fields.items())]
    end = len(found) if wanted.limit is None else wanted.offset + wanted.limit
    shown = found[wanted.offset : end]
    beyond = end if end < len(found) else None
    return record | {
        page.of: shown,
        "page": {"offset": wanted.offset, "shown": len(shown), "total": len(found), "next": beyond},
    }


def _is(value: Any, said: str) -> bool:
    """Whether a field has the value that a query says."""
    if isinstance(value, bool):
        return said == ("true" if value else "false")
    return said == ("" if value is None else str(value))
