"""What is put into a file of an agent, and taken out again, beside what others have there.

What `taken_out` leaves is for nearly every file exactly what was there before; where it is not (an empty object that
was there already, our very own line typed by hand), `put_in` says so, and the caller keeps the text of before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gitcoord.domain.agent import jsontext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gitcoord.domain.agent.jsontext import Node


class Entry(NamedTuple):
    """A value that is put in at `path`: under `key` of the object there, or, without one, into the array there.

    `when`: 'always', or 'there' where it is only for an object or an array that is there already, or 'fits' where
    nothing is put in if something else stands in the way.
    """

    path: tuple[str, ...]
    value: Any
    key: str | None = None
    when: Literal["always", "there", "fits"] = "always"


class Plan(NamedTuple):
    """What a JSON file is to hold of ours.

    `ours` tells of a value and the keys that lead to it whether it can only be ours, of whatever version. `frame` is
    what the file has to have besides, and what nobody needs where nothing else is left.
    """

    entries: tuple[Entry, ...]
    ours: Callable[[tuple[str, ...], Any], bool]
    frame: tuple[Entry, ...] = ()


def put_in(text: str | None, plan: Plan) -> str:
    """Return the text with everything of ours in it; what is there already stays as it is.

    Raises `NotParsed` and `Unfit`.
    """
    whole = "{}\n" if text is None or _is_blank(text) else text
    for entry in (*plan.frame, *plan.entries):
        root = jsontext.parse(whole)
        if not _has(root, entry) and _applies(root, entry):
            whole = jsontext.insert(whole, entry.path, entry.key, entry.value)
    return whole


def taken_out(text: str, plan: Plan, before: str | None = None) -> str | None:
    """Return the text without what is ours, None where nothing is left. What the text of before had, stays.

    Raises `NotParsed`.
    """
    if _is_blank(text):
        return text
    kept = None if before is None or _is_blank(before) else jsontext.parse(before)
    changed = False
    while True:
        root = jsontext.parse(text)
        node = next(_ours(root, plan, kept), None)
        if node is None:
            break
        text = jsontext.cut(text, _outermost(node, kept))
        changed = True
    frame = {entry.key: entry.value for entry in plan.frame}
    empty = changed and root.kind == "{" and root.plain() in ({}, frame) and text.count("\n") <= 2 + len(frame)
    return None if empty and kept is None and before is None else text


def wanted(text: str, plan: Plan) -> list[Entry]:
    """Return what of ours the text does not have. Raises `NotParsed`."""
    root = _root(text)
    return [entry for entry in plan.entries if not _has(root, entry) and _applies(root, entry)]


def others(text: str, plan: Plan) -> list[Entry]:
    """Return the entries in whose place the text has something else, which stays. Raises `NotParsed`."""
    root = _root(text)
    found = []
    for entry in plan.entries:
        there = jsontext.find(root, (*entry.path, entry.key)) if entry.key is not None else None
        if there is not None and there.plain() != entry.value:
            found.append(entry)
    return found


def owned(text: str, plan: Plan) -> list[tuple[tuple[str, ...], Any]]:
    """Return what in the text is ours: the keys that lead there, and the value. Raises `NotParsed`."""
    return [(node.path, node.plain()) for node in _ours(_root(text), plan, None)]


def _root(text: str) -> Node:
    """Return the outermost value; a file without one is taken for an empty object, as agents take it."""
    return jsontext.parse("{}" if _is_blank(text) else text)


def _is_blank(text: str) -> bool:
    return not text.strip("\ufeff \t\r\n")


def _applies(root: Node, entry: Entry) -> bool:
    """Whether the entry is for a file that looks like this."""
    if entry.when == "always":
        return True
    node: Node | None = root
    for key in entry.path:
        node = node.member(key) if node is not None and node.kind == "{" else None
        if node is None:
            return entry.when == "fits"
        if node.kind not in "{[":
            return False
    return node is not None and node.kind == ("[" if entry.key is None else "{")


def _has(root: Node, entry: Entry) -> bool:
    there = jsontext.find(root, entry.path)
    if entry.key is not None:
        return there is not None and there.kind == "{" and there.member(entry.key) is not None
    return there is not None and there.kind == "[" and any(child.plain() == entry.value for child in there.children)


def _ours(root: Node, plan: Plan, kept: Node | None) -> Iterator[Node]:
    """Yield the values that are ours, the outer ones before those within them."""
    waiting: Sequence[Node] = root.children
    for node in waiting:
        if plan.ours(node.path, node.plain()) and not _stood(node, kept):
            yield node
        else:
            yield from _ours(node, plan, kept)


def _stood(node: Node, kept: Node | None) -> bool:
    """Whether this value was there before anything of ours."""
    if kept is None:
        return False
    there = jsontext.find(kept, node.path)
    if node.parent is not None and node.parent.kind == "{":
        return there is not None and there.plain() == node.plain()
    return there is not None and there.kind == "[" and any(child.plain() == node.plain() for child in there.children)


def _outermost(node: Node, kept: Node | None) -> Node:
    """Return the outermost container that would be empty without this value, and was not there before."""
    while (parent := node.parent) is not None and parent.parent is not None and len(parent.children) == 1:
        if kept is not None and jsontext.find(kept, parent.path) is not None:
            break
        node = parent
    return node
