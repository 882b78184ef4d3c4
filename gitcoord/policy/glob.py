"""Globs with git's `:(glob)` meaning, on bytes: what they match, and whether two of them can meet.

A pattern becomes a row of *steps*; each takes one byte of a set, or any number of them (a loop). Where one
stands is a set of positions in that row, kept as the bits of one integer, so that all positions advance
together (the Shift-And method: Baeza-Yates and Gonnet, "A new approach to text searching", 1992, with the run
filling of Myers, 1999). Nothing backtracks: a match costs the path's length, a meeting the first pattern's
length, in operations on integers as long as the pattern.

The meaning was read off git's wildmatch and is compared with the git program by the tests. Two of its ways
surprise:

- A `**` right behind the pattern's wildcard-free beginning counts as one behind a slash, because git hands
  over only what follows that beginning: `a**/b` matches `ax/y/b`, and `ab`. Anywhere else such a `**` is a
  `*`.
- git also takes a pathspec literally, as a path or a directory above it. `matches` does not: scopes have
  paths for that.

Paths that differ only in ASCII case are one path, so by default a pattern matches a path of which git would match any
spelling; `exact` is git's own answer, for one spelling.

Light: imports nothing, because the guard loads it on every commit.
"""

from __future__ import annotations

_SLASH = ord("/")
_EVERY_BYTE = (1 << 256) - 1
_NOT_SLASH = _EVERY_BYTE ^ (1 << _SLASH)
_SPECIAL = b"*?[\\"
_DIRECTORIES = 3  # steps that a `**/` takes
_LETTERS = (1 << 26) - 1

_DIGITS = b"0123456789"
_LOWER = bytes(range(ord("a"), ord("z") + 1))
_UPPER = _LOWER.upper()
_GRAPH = bytes(range(0x21, 0x7F))
# Bytes of each POSIX class as git sees them: ASCII alone, and white space without vertical tab and form feed.
_CLASSES = {
    b"alnum": _DIGITS + _LOWER + _UPPER,
    b"alpha": _LOWER + _UPPER,
    b"blank": b" \t",
    b"cntrl": bytes(range(0x20)) + b"\x7f",
    b"digit": _DIGITS,
    b"graph": _GRAPH,
    b"lower": _LOWER,
    b"print": b" " + _GRAPH,
    b"punct": bytes(byte for byte in _GRAPH if byte not in _DIGITS + _LOWER + _UPPER),
    b"space": b" \t\n\r",
    b"upper": _UPPER,
    b"xdigit": _DIGITS + b"abcdefABCDEF",
}


def matches(pattern: bytes, path: bytes, *, exact: bool = False) -> bool:
    """Whether `path` is one that `:(glob)pattern` names. A malformed pattern matches nothing."""
    return Glob(pattern, exact=exact).matches(path)


def may_meet(a: bytes, b: bytes) -> bool:
    """Whether one path could match both patterns. True when unsure; False is certain."""
    return Glob(a).may_meet(Glob(b))


def may_reach_below(pattern: bytes, directory: bytes) -> bool:
    """Whether `pattern` could match `directory` or a path below it (b"": the root). True when unsure."""
    return Glob(pattern).may_reach_below(directory)


def has_wildcard(text: bytes) -> bool:
    """Whether `text` holds any of `*`, `?` and `[`."""
    return b"*" in text or b"?" in text or b"[" in text


def literal_prefix(pattern: bytes) -> bytes:
    """The directory that everything `pattern` matches is in, without trailing slash; b"" for the root.

    It ends before the first component with a wildcard or a backslash, and before the last component in any
    case.
    """
    components = pattern.split(b"/")
    sure = 0
    while sure < len(components) - 1 and not has_wildcard(components[sure]) and b"\\" not in components[sure]:
        sure += 1
    return b"/".join(components[:sure])


class Glob:
    """A pattern made ready: build it once to ask it about many paths."""

    __slots__ = ("_by_byte", "_by_set", "_exact", "_literal", "_loops", "_optional", "_sets", "malformed")

    def __init__(self, pattern: bytes, *, exact: bool = False) -> None:
        """Read `pattern`; never fails. `malformed`: a class or an escape is not closed, nothing matches."""
        steps = _Steps(pattern)
        self.malformed = steps.malformed
        self._exact = exact
        self._literal = steps.literal if exact else steps.literal.lower()
        self._sets = steps.sets if exact else [_of_any_case(wanted) for wanted in steps.sets]
        self._loops = steps.loops
        self._optional = steps.optional
        self._by_set: dict[int, int] = {}
        for position, wanted in enumerate(self._sets):
            self._by_set[wanted] = self._by_set.get(wanted, 0) | 1 << position
        self._by_byte: dict[int, int] = {}

    def matches(self, path: bytes) -> bool:
        """Whether `path` is one that the pattern names."""
        start = len(self._literal)
        before = path[:start] if self._exact else path[:start].lower()
        if self.malformed or before != self._literal:
            return False
        return self._is_end(self._follow(self._free(1 << start), path[start:]))

    def may_reach_below(self, directory: bytes) -> bool:
        """Whether it could match `directory` or a path below it (b"": the root). True when unsure."""
        if not directory:
            return True
        if self.malformed:
            return False
        here = self._follow(self._free(1), directory)
        return self._is_end(here) or self._follow(here, b"/") != 0

    def may_meet(self, other: Glob) -> bool:
        """Whether one path could match both patterns. True when unsure; False is certain.

        Walks the product of the two: `rows[i]` are the positions in `other` that can be reached while
        standing at position `i` here.
        """
        if self.malformed or other.malformed:
            return False
        end = len(self._sets)
        rows = [0] * (end + 1)
        rows[0] = 1
        for at, wanted in enumerate(self._sets):
            row = other._free(rows[at])
            if not row:
                continue
            if self._optional >> at & 1:
                rows[at + 1] |= row
                rows[at + _DIRECTORIES] |= row
            elif self._loops >> at & 1:
                rows[at + 1] |= other._run(row, other._meeting(wanted))
            else:
                rows[at + 1] |= other._advance(row & other._meeting(wanted))
        return other._is_end(other._free(rows[end]))

    def _is_end(self, positions: int) -> bool:
        return positions >> len(self._sets) & 1 == 1

    def _follow(self, positions: int, text: bytes) -> int:
        """Return the positions that are possible after `text` was read; 0 where nothing can match."""
        for byte in text:
            accepting = self._by_byte.get(byte)
            if accepting is None:
                accepting = self._by_byte[byte] = self._meeting(1 << byte)
            positions = self._free(self._advance(positions & accepting))
            if not positions:
                break
        return positions

    def _advance(self, accepted: int) -> int:
        """One byte read at the positions `accepted`: a loop stays where it is, any other step is over."""
        loops = accepted & self._loops
        return loops | (accepted ^ loops) << 1

    def _free(self, positions: int) -> int:
        """Adds what is reached without reading: into or past a `**/`, then past a loop."""
        optional = positions & self._optional
        positions |= optional << 1 | optional << _DIRECTORIES
        return positions | (positions & self._loops) << 1

    def _meeting(self, wanted: int) -> int:
        """The positions whose step takes at least one of the bytes in the set `wanted`."""
        positions = 0
        for accepted, where in self._by_set.items():
            if accepted & wanted:
                positions |= where
        return positions

    def _run(self, positions: int, passable: int) -> int:
        """Adds what is reached by reading any number of bytes, at positions in `passable`.

        Adding the starts to the passable positions carries each through to the end of its run of ones. What
        is inside a `**/` and not reached this way is left to `_free`.
        """
        while True:
            reached = positions | (((positions & passable) + passable) ^ passable)
            reached |= (reached & self._optional) << _DIRECTORIES
            if reached == positions:
                return positions
            positions = reached


def _of_any_case(wanted: int) -> int:
    """The set of bytes with both cases of each letter in it."""
    letters = (wanted >> ord("A") | wanted >> ord("a")) & _LETTERS
    return wanted | letters << ord("A") | letters << ord("a")


class _Steps:
    """A pattern read into steps.

    `sets` has the bytes (as bits) that each step takes; `loops` has a bit for each step that takes any number
    of them. A `**/` is three steps: one that takes nothing and has its bit in `optional`, from where the
    whole can be left out, a loop, and a slash. `literal` is the beginning that has no special character.
    """

    __slots__ = ("literal", "loops", "malformed", "optional", "sets")

    def __init__(self, pattern: bytes) -> None:
        self.sets: list[int] = []
        self.loops = 0
        self.optional = 0
        self.malformed = False
        literal = 0
        while literal < len(pattern) and pattern[literal] not in _SPECIAL:
            literal += 1
        self.literal = pattern[:literal]
        at = 0
        while at < len(pattern) and not self.malformed:
            at = self._read(pattern, at)

    def _read(self, pattern: bytes, at: int) -> int:
        """Read what stands at `at`; returns where the next begins."""
        char = pattern[at : at + 1]
        if char == b"*":
            return self._stars(pattern, at)
        if char == b"?":
            self.sets.append(_NOT_SLASH)
            return at + 1
        if char == b"[":
            taken, after = _bracket(pattern, at + 1)
            self.malformed = after == 0
            self.sets.append(taken)
            return after
        if char == b"\\":
            at += 1
            if at == len(pattern):
                self.malformed = True
                return at
        self.sets.append(1 << pattern[at])
        return at + 1

    def _stars(self, pattern: bytes, start: int) -> int:
        at = start
        while pattern[at : at + 1] == b"*":
            at += 1
        rest = pattern[at : at + 2]
        opens = start == len(self.literal) or pattern[start - 1] == _SLASH
        crosses = at - start > 1 and opens and (not rest or rest[0] == _SLASH or rest == b"\\/")
        if not crosses or rest[:1] != b"/":
            self._loop(_EVERY_BYTE if crosses else _NOT_SLASH)
            return at
        # `**/`: zero or more directories. One right behind another adds nothing, and chains would cost time.
        if not self.optional << _DIRECTORIES >> len(self.sets) & 1:
            self.optional |= 1 << len(self.sets)
            self.sets.append(0)
            self._loop(_EVERY_BYTE)
            self.sets.append(1 << _SLASH)
        return at + 1

    def _loop(self, taken: int) -> None:
        self.loops |= 1 << len(self.sets)
        self.sets.append(taken)


def _bracket(pattern: bytes, at: int) -> tuple[int, int]:
    """Read a class whose `[` stands before `at`: its bytes as bits, and where it ends (0: malformed).

    Follows git's wildmatch in what is odd: a `]` at the beginning is an ordinary byte, `[` is one unless it
    opens a `[:name:]`, a backslash escapes, and a dash behind a range or a `[:name:]` is an ordinary byte.
    """
    taken, before, first = 0, -1, True
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    while first or pattern[at : at + 1] != b"]":
        first = False
        char = pattern[at : at + 1]
        if char == b"-" and before >= 0 and pattern[at + 1 : at + 2] not in (b"", b"]"):
            at += 2 if pattern[at + 1 : at + 2] == b"\\" else 1
            if at >= len(pattern):
                return 0, 0
            for byte in range(before, pattern[at] + 1):
                taken |= 1 << byte
            before = -1
        elif char == b"[" and pattern[at + 1 : at + 2] == b":":
            end = pattern.find(b"]", at + 2)
            if end < 0:
                return 0, 0
            if end == at + 2 or pattern[end - 1 : end] != b":":
                taken |= 1 << ord("[")
                before = ord("[")
            else:
                members = _CLASSES.get(pattern[at + 2 : end - 1])
                if members is None:
                    return 0, 0
                for byte in members:
                    taken |= 1 << byte
                at, before = end, -1
        else:
            at += char == b"\\"
            if at >= len(pattern):
                return 0, 0
            before = pattern[at]
            taken |= 1 << before
        at += 1
    return (taken ^ _EVERY_BYTE if negated else taken) & _NOT_SLASH, at + 1
