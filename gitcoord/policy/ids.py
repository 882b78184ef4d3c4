"""The small types: what names an object, a ref, an event or a session.

Each is a text whose form was looked at once, by `parse`, where it came in: from a user, a payload, a file, another
program. Light: the guard uses it.
"""

from __future__ import annotations

from gitcoord.policy.limits import SESSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

_DIGITS = frozenset("0123456789abcdef")
_READABLE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")

_IN_A_REF = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-")
_ASTRAY = ("..", "//", "/.", ".lock/")

SHORTEST = 4
"""Digits with which an id may be named, where no other id begins with them."""


def is_hexadecimal(text: str) -> bool:
    """Whether each character is a hexadecimal digit as Git writes them."""
    return _DIGITS.issuperset(text)


def may_begin(text: str) -> bool:
    """Whether somebody can name an id by this: the whole id, or enough of its first digits."""
    return len(text) >= SHORTEST and is_hexadecimal(text)


class _Id(str):
    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the text as an id. Raises `ValueError` where it does not have the form of one."""
        if not cls.fits(text):
            raise ValueError(f"{text[:80]!r} is not a {cls.__name__}")
        return cls(text)

    @classmethod
    def fits(cls, text: str) -> bool:
        """Whether the text has the form of such an id."""
        raise NotImplementedError


class Oid(_Id):
    """The id of a Git object: 40 hexadecimal digits, or 64 in a repository with SHA-256."""

    __slots__ = ()

    @classmethod
    def fits(cls, text: str) -> bool:
        """Whether the text has the form of an object's id."""
        return len(text) in (40, 64) and is_hexadecimal(text)


class StoreOid(Oid):
    """The id of an object in the store, which has SHA-1 objects whatever the user's repository has."""

    __slots__ = ()

    @classmethod
    def fits(cls, text: str) -> bool:
        """Whether the text has the form of the id of a SHA-1 object."""
        return len(text) == 40 and is_hexadecimal(text)


NO_OBJECT = StoreOid("")
"""Not an object: what stands before the first of a chain."""


class EventId(_Id):
    """The id of an event, which is also the id of the claim, task or message that the event makes."""

    __slots__ = ()

    DIGITS = 32

    @classmethod
    def fits(cls, text: str) -> bool:
        """Whether the text has the form of an event's id."""
        return len(text) == cls.DIGITS and is_hexadecimal(text)


class SessionId(_Id):
    """The id of a session: lower case letters, digits and dashes, such as `alice-eb8c5664`."""

    __slots__ = ()

    @classmethod
    def fits(cls, text: str) -> bool:
        """Whether the text may name a session in the state, where it is a part of paths."""
        return 0 < len(text) <= SESSION and _READABLE.issuperset(text)


NOBODY = SessionId("")
"""No session."""


class RefName(_Id):
    """The full name of a ref that gitcoord writes, such as `refs/coord/ledger`. Git itself allows more characters."""

    __slots__ = ()

    LONGEST = 220

    @classmethod
    def fits(cls, text: str) -> bool:
        """Whether the text may name such a ref."""
        return (
            text.startswith("refs/")
            and len(text) <= cls.LONGEST
            and _IN_A_REF.issuperset(text)
            and not text.endswith(("/", ".lock"))
            and not any(part in text for part in _ASTRAY)
        )
