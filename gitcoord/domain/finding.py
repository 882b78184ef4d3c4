"""Find what a user names by its id, or by the first digits of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from gitcoord import errors
from gitcoord.policy.ids import may_begin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Found = TypeVar("Found")


def by_id(
    text: str, noun: str, beginning: Callable[[str], Sequence[str]], read: Callable[[str], Found | None]
) -> Found:
    """Return what `read` has for the one id that begins with the text, of those that `beginning` returns for it.

    Raises `NotAnId`, `Ambiguous`, `NoSuch`.
    """
    if not may_begin(text):
        raise errors.usage.NotAnId(text, noun)
    ids = beginning(text)
    if len(ids) > 1:
        raise errors.usage.Ambiguous(text, ids)
    found = read(ids[0]) if ids else None
    if found is None:
        raise errors.refusal.NoSuch(noun, text)
    return found
