"""JSON text that is changed in place: what others wrote keeps every byte.

Comments, trailing commas and a byte order mark are understood, since several agents allow them. What `insert` puts in,
`cut` takes out again; the few texts for which that is not exact are found by trying (`merge.py`).
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

from gitcoord.errors.agent import NotParsed, Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
# Atomic groups: the possessive quantifiers of the first versions of Python 3.11 match too much.
_SPACE = re.compile(rf"(?>(?:[\s\ufeff]+|{_COMMENT.pattern})*)", re.S)
_TOKEN = re.compile(
    _SPACE.pattern + r'(?:(?P<text>"(?>(?:[^"\\\x00-\x1f]|\\.)*)")'
    r"|(?P<mark>[{}\[\],:])"
    r'|(?P<word>[^\s{}\[\],:"/]+)'
    r"|(?P<end>\Z))",
    re.S,
)
_CLOSING = {"{": "}", "[": "]"}

KEPT = 16 * 1024
"""Characters up to which a text is not parsed again: a plan has the same ones many times."""

UNIT = "  "
"""How far a level is indented where the text does not show."""


class Node:
    """A value in the text. `start` is where it begins, with its key where it has one; `at` where the value does."""

    __slots__ = ("at", "behind", "children", "end", "key", "kind", "parent", "start", "value")

    def __init__(self, kind: str, start: int, at: int, key: str, parent: Node | None) -> None:
        self.kind = kind
        self.start = start
        self.at = at
        self.end = at
        self.key = key
        self.parent = parent
        self.children: list[Node] = []
        self.value: Any = None
        self.behind = 0

    @property
    def path(self) -> tuple[str, ...]:
        """The keys that lead here; an element of an array has no key."""
        before = self.parent.path if self.parent is not None else ()
        return (*before, self.key) if self.parent is not None and self.parent.kind == "{" else before

    def plain(self) -> Any:
        """Return the value as Python has it."""
        if self.kind == "{":
            return {child.key: child.plain() for child in self.children}
        if self.kind == "[":
            return [child.plain() for child in self.children]
        return self.value

    def member(self, key: str) -> Node | None:
        """Return the value under this key; of several the last, as programs read them."""
        return next((child for child in reversed(self.children) if child.key == key), None)

    def walk(self) -> Iterator[Node]:
        """Yield this value, and all within it."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse(text: str) -> Node:
    """Return the outermost value, which nobody changes: that of a small text is kept. Raises `NotParsed`."""
    return (_kept if len(text) <= KEPT else _parsed)(text)


def _parsed(text: str) -> Node:
    parser = _Parser(text)
    try:
        root = parser.value(0, None, "", -1)
    except RecursionError:
        raise NotParsed(1) from None
    kind, _, start = parser.tokens[root.behind]
    if kind != "end":
        raise NotParsed(_line(text, start))
    return root


_kept = functools.lru_cache(maxsize=256)(_parsed)


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    at = 0
    while not found or found[-1][0] != "end":
        match = _TOKEN.match(text, at)
        if match is None:
            space = _SPACE.match(text, at)
            assert space is not None
            raise NotParsed(_line(text, space.end()))
        kind, at = match.lastgroup or "", match.end()
        word = match[kind]
        found.append((kind, word, at - len(word)))
    return found


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


class _Parser:
    """Reads values from the tokens of a text. Raises `NotParsed`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.tokens = _tokens(text)

    def value(self, index: int, parent: Node | None, key: str, start: int) -> Node:
        """Return the value that begins at this token; `behind` is the number of the token behind it."""
        kind, word, at = self.tokens[index]
        node = Node(word if kind == "mark" else kind, start if start >= 0 else at, at, key, parent)
        node.behind = index + 1
        if word in _CLOSING and kind == "mark":
            self._children(node)
        else:
            node.value, node.end = self._plain(word, at), at + len(word)
        return node

    def _plain(self, word: str, at: int) -> Any:
        if word[:1] == '"' and "\\" not in word:
            return word[1:-1]
        try:
            return json.loads(word)
        except ValueError:
            raise NotParsed(_line(self._text, at)) from None

    def _children(self, node: Node) -> None:
        """Read what stands between the brackets of a container, and the closing one."""
        index, closing = node.behind, _CLOSING[node.kind]
        while True:
            kind, word, at = self.tokens[index]
            if kind == "mark" and word == closing:
                node.end, node.behind = at + 1, index + 1
                return
            key, start = "", -1
            if node.kind == "{":
                if kind != "text" or self.tokens[index + 1][1] != ":":
                    raise NotParsed(_line(self._text, at))
                key, start, index = self._plain(word, at), at, index + 2
            child = self.value(index, node, key, start)
            node.children.append(child)
            index = child.behind
            kind, word, at = self.tokens[index]
            if kind == "mark" and word == ",":
                index += 1
            elif (kind, word) != ("mark", closing):
                raise NotParsed(_line(self._text, at))


def find(root: Node, path: tuple[str, ...]) -> Node | None:
    """Return what stands at this path; None where there is nothing."""
    node: Node | None = root
    for key in path:
        node = node.member(key) if node is not None and node.kind == "{" else None
    return node


def insert(text: str, path: tuple[str, ...], key: str | None, value: Any) -> str:
    """Put a value at the end of the object at `path` under `key`, or of the array there where `key` is None.

    Objects that are missing on the way are made. Raises `NotParsed`, and `Unfit` where something else stands there.
    """
    node = parse(text)
    for number, step in enumerate(path):
        if node.kind != "{":
            raise Unfit(path[:number])
        inner = node.member(step)
        if inner is None:
            made: Any = [value] if key is None else {key: value}
            for name in reversed(path[number + 1 :]):
                made = {name: made}
            return _append(text, node, step, made)
        node = inner
    if node.kind != ("[" if key is None else "{"):
        raise Unfit(path)
    return _append(text, node, key, value)


def _append(text: str, node: Node, key: str | None, value: Any) -> str:
    """Put a value at the end of a container, written as those beside it are."""
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text)
    compact = "\n" not in text.strip()
    if not node.children:
        if compact and text.strip() != "{}":
            return text[: node.at + 1] + _written(key, value, "", "", compact=True) + text[node.end - 1 :]
        outer = _indent(text, node.at)
        inner = outer + unit
        body = _written(key, value, inner, unit, compact=False).replace("\n", newline)
        return text[: node.at + 1] + newline + inner + body + newline + outer + text[node.end - 1 :]
    first, last = node.children[0], node.children[-1]
    lead = text[node.at + 1 : first.start]
    if "\n" in lead:
        indent = _indent(text, first.start)
        body = newline + indent + _written(key, value, indent, unit, compact=False).replace("\n", newline)
    else:
        body = _written(key, value, "", "", compact=True)
        body = body if compact and not {", ", ": "}.intersection(re.findall(r"[,:] ", text)) else " " + body
    comma = _comma(text, last.end, node.end)
    at = _end_of_line(text, comma + 1 if comma >= 0 else last.end)
    if comma >= 0:
        return text[:at] + body + "," + text[at:]
    return text[: last.end] + "," + text[last.end : at] + body + text[at:]


def _written(key: str | None, value: Any, indent: str, unit: str, *, compact: bool) -> str:
    lead = "" if key is None else json.dumps(key, ensure_ascii=False) + ": "
    if compact:
        return lead + json.dumps(value, ensure_ascii=False)
    return lead + json.dumps(value, ensure_ascii=False, indent=unit).replace("\n", "\n" + indent)


def _unit(text: str) -> str:
    """Return by how much the first line that is indented is."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found.group(1) if found else UNIT


def _indent(text: str, at: int) -> str:
    """Return the white space with which the line begins that has this place."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _comma(text: str, start: int, end: int) -> int:
    """Return where a comma stands between two values, or behind the last one, comments passed over; -1 for none."""
    at = start
    while at < end:
        match = _COMMENT.match(text, at)
        if match:
            at = match.end()
        elif text[at] == ",":
            return at
        else:
            at += 1
    return -1


def _end_of_line(text: str, at: int) -> int:
    """Return the place behind the comments that stand on the same line behind this one."""
    end = at
    while True:
        space = re.compile(r"[ \t]*").match(text, end)
        assert space is not None
        match = _COMMENT.match(text, space.end())
        if match is None or "\n" in match.group():
            return end
        end = match.end()


def cut(text: str, node: Node) -> str:
    """Take a value out, with its key and its comma."""
    parent = node.parent
    assert parent is not None
    start = len(text[: node.start].rstrip())
    index = parent.children.index(node)
    comma = _comma(text, node.end, parent.end)
    if len(parent.children) == 1:
        return text[: parent.at + 1] + text[parent.end - 1 :]
    if index < len(parent.children) - 1:
        if start == node.start:
            after = comma + 1 + len(text[comma + 1 :]) - len(text[comma + 1 :].lstrip(" "))
            return text[:start] + text[after:]
        return text[:start] + text[node.end : comma] + text[comma + 1 :]
    if comma >= 0:
        return text[:start] + text[node.end : comma] + text[comma + 1 :]
    before = _comma(text, parent.children[index - 1].end, node.start)
    return text[:before] + text[before + 1 : start] + text[node.end :]
