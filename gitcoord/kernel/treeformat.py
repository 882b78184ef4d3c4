"""Git's tree objects, read and written byte for byte.

Light: the guard reads trees that `git cat-file --batch` prints. Names are text; bytes that are not UTF-8 stand as
surrogate escapes.
"""

from __future__ import annotations

from gitcoord.policy.ids import StoreOid

TREE = "40000"
FILE = "100644"
EMPTY_TREE = StoreOid("4b825dc642cb6eb9a060e54bf8d69288fbee4904")
"""The id of the tree without entries."""


def parse(data: bytes) -> dict[str, tuple[str, str]]:
    """Entries of a raw tree: name -> (mode, object id). Raises `ValueError` on a malformed tree."""
    entries: dict[str, tuple[str, str]] = {}
    at = 0
    while at < len(data):
        end = data.index(b"\0", at)
        mode, _, name = data[at:end].partition(b" ")
        at = end + 21
        if not name or at > len(data):
            raise ValueError("malformed tree")
        entries[name.decode("utf-8", "surrogateescape")] = (mode.decode(), data[end + 1 : at].hex())
    return entries


def build(entries: dict[str, tuple[str, str]]) -> bytes:
    """The raw tree of these entries, in git's order (a directory sorts as if its name ended in a slash)."""
    rows = []
    for name, (mode, oid) in entries.items():
        raw = name.encode("utf-8", "surrogateescape")
        rows.append((raw + b"/" if mode == TREE else raw, mode.encode() + b" " + raw + b"\0" + bytes.fromhex(oid)))
    rows.sort()
    return b"".join(row for _, row in rows)
