"""Where the last holder of a scope stood when it released it: what makes *free but not fresh* an answer.

Kept only where the holder committed while it held the scope, one record a scope, in a tree that mirrors the index of
claims.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass
from gitcoord.domain import fields
from gitcoord.policy import layout
from gitcoord.policy.scope import Scope, overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.ledger.fold import Operation
    from gitcoord.ledger.state import State

ROOT = "release-points"
MOST = 200
"""Records looked at for one question."""


def _path(scope: Scope) -> str:
    directory = layout.directory(scope.kind, scope.text).removeprefix("claims/")
    return f"{ROOT}/{directory}{'.glob' if scope.kind == 'glob' else ''}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a holder stands: its commit, '' where that is not known, and its branch."""

    head: str
    branch: str


UNKNOWN = Place("", "")


def place_in(data: dict[str, Any]) -> Place:
    """Where a payload says that its author stands. Raises `Malformed`: to be called before anything is changed."""
    return Place(fields.text(data, "head", ""), fields.text(data, "branch", ""))


def record(state: State, operation: Operation, scopes: Iterable[Scope], before: str, here: Place) -> None:
    """Remember that the holder of `scopes` stood at commit `before` when it claimed and stands `here` now."""
    if not here.head or here.head == before:
        return
    for scope in scopes:
        if scope.kind != "name":
            state.write_json(
                _path(scope),
                {
                    "scope": scope.to_json(),
                    "session": operation.session,
                    "branch": here.branch,
                    "head": here.head,
                    "time": operation.time,
                },
            )


def overlapping(state: State, scope: Scope) -> Iterator[dict[str, Any]]:
    """The records of scopes that overlap this one, at most `MOST`."""
    if scope.kind == "name" or not state.has(ROOT):
        return
    directory = layout.directory(scope.kind, scope.text).removesuffix("/=")
    path = "/".join(part[1:] for part in directory.split("/")[2:]) or "."
    places = [f"{place}{end}" for place in layout.lookups(path) for end in ("", ".glob")]
    seen = 0
    for place in _below(state, places, directory):
        item = state.json(f"{ROOT}/{place.removeprefix('claims/')}")
        if item is not None and overlap(Scope.from_json(item["scope"]), scope):
            yield item
            seen += 1
            if seen == MOST:
                return


def _below(state: State, places: list[str], directory: str) -> Iterator[str]:
    yield from places
    root = f"{ROOT}/{directory.removeprefix('claims/')}"
    for name in state.names(root):
        if not name.startswith("="):
            for inner in state.walk(f"{root}/{name}"):
                yield "claims/" + inner.removeprefix(f"{ROOT}/")
