"""A table at the end of a TOML file that others write, too.

Codex rewrites its configuration with every byte of the rest kept, and adds tables of its own behind ours, so no mark at
the end says where ours ends: a table ends where the next one begins.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from gitcoord.errors.agent import Inline, NotParsed

COMMENT = "# git-coord wrote this table; it goes with: git coord agent uninstall codex\n"

_HEADER = re.compile(r"^[ \t]*\[", re.M)


def parse(text: str) -> dict[str, Any]:
    """Return what the text says. Raises `NotParsed`."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise NotParsed(int(found.group(1)) if found else 1) from None


def has(text: str, header: str) -> bool:
    """Whether something stands under this name. Raises `NotParsed`."""
    node: Any = parse(text)
    for key in header.split("."):
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True


def put_in(text: str | None, header: str, body: str) -> str:
    """Return the text with the table at its end, unless it is there.

    Raises `NotParsed`, and `Inline` where it cannot stand.
    """
    known = text or ""
    if has(known, header):
        return known
    newline = "\r\n" if "\r\n" in known else "\n"
    between = "" if not known else newline if known.endswith("\n") else newline * 2
    table = f"{COMMENT}[{header}]\n{body}"
    whole = known + between + table.replace("\n", newline)
    try:
        parse(whole)
    except NotParsed as error:
        raise Inline(header.partition(".")[0]) from error
    return whole


def is_ours(text: str, header: str) -> bool:
    """Whether the table of this name is the one that we wrote."""
    newline = "\r\n" if "\r\n" in text else "\n"
    return f"{COMMENT}[{header}]\n".replace("\n", newline) in text


def taken_out(text: str, header: str, body: str) -> str | None:
    """Return the text without our table, None where nothing is left. Without our comment it is not ours.

    Raises `NotParsed`.
    """
    parse(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    comment = COMMENT.replace("\n", newline)
    start = text.find(f"{comment}[{header}]")
    if start < 0:
        return text
    whole = (f"{COMMENT}[{header}]\n{body}").replace("\n", newline)
    known = text.startswith(whole, start)
    end = start + len(whole) if known else _end(text, start + len(comment), header)
    before = text[:start].removesuffix(newline) if text[:start].endswith(newline) else text[:start]
    left = before + text[end:]
    return left if left else None


def _end(text: str, start: int, header: str) -> int:
    """Return where the table at `start` ends, with those below it; what stands above the next one belongs to that."""
    own = re.compile(rf"[ \t]*\[{re.escape(header)}[\].]")
    others = (match.start() for match in _HEADER.finditer(text, start) if not own.match(text, match.start()))
    end = next(others, len(text))
    lines = text[start:end].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        end -= len(lines.pop())
    return end
