"""The patches of the tool `apply_patch`: which files one adds, changes, moves or deletes."""

from __future__ import annotations

_BEGIN, _END = "*** Begin Patch", "*** End Patch"
_HEADS = ("*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: ")


def paths(text: str) -> list[str]:
    """Return the paths that stand in the heads of the patches in `text`, both sides of a move.

    A line of a file's content begins with a space, a plus or a minus, so none is taken for a head.
    """
    found, inside = [], False
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.strip() in (_BEGIN, _END):
            inside = line.strip() == _BEGIN
        elif inside:
            found += [line.removeprefix(head).strip() for head in _HEADS if line.startswith(head)]
    return found
