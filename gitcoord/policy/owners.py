"""Who owns a path: by CODEOWNERS as GitHub documents it, and by the rules `owner` of the ledger. Pure.

What says it is asked in this order, and the first one that says anything of a path decides:

1. The rules `owner` (`Rules.owners` of `gitcoord/domain/rules/record.py`): pairs of a glob and an address.
2. CODEOWNERS of the *base* branch (never of the branch that is to land): the first of `PLACES` that the branch has.

    table = codeowners(text, owner_map)         # owner_map: {"@org/web": "team:web"}, of the rules `owner-map`
    if table.refusal: ...                       # sections of GitLab: nobody can say who owns what
    found = owner(path, rules_owners, table)    # Owned
    if found.is_free: ...                       # nobody owns it: anybody may
    found.is_borne_by(id, name, role, teams)    # whether this session is an owner
    found.unknown                               # names that nobody mapped: say them, do not guess

Light: imports only `glob`; the guard before a push loads it.
"""

from __future__ import annotations

from gitcoord.policy.glob import Glob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where the file stands: the first of these that the base branch has counts, and no other."""

MOST = 3 * 1024 * 1024
"""Bytes of a CODEOWNERS file: GitHub does not load a larger one."""

_SPACE = " \t"


class Owned:
    """Who owns a path.

    `owners` are addresses: a name, an id, role:R or team:T. `unknown` are names of CODEOWNERS that no rule `owner-map`
    translates. `where` says what decided: `rule GLOB`, `CODEOWNERS line N`, '' where nothing says anything of the path.
    """

    __slots__ = ("owners", "unknown", "where")

    def __init__(self, owners: tuple[str, ...] = (), unknown: tuple[str, ...] = (), where: str = "") -> None:
        self.owners = owners
        self.unknown = unknown
        self.where = where

    @property
    def is_free(self) -> bool:
        """Whether nobody owns the path."""
        return not self.owners and not self.unknown

    def is_borne_by(self, session: str, name: str, role: str, teams: Collection[str]) -> bool:
        """Whether a session is an owner: its id, its name, its role, and the teams in which it is."""
        return bears(self.owners, session, name, role, teams)


class Line:
    """A rule of CODEOWNERS: the owners of what its pattern matches; none where it takes the owners away."""

    __slots__ = ("_globs", "number", "owners", "pattern")

    def __init__(self, number: int, pattern: str, owners: tuple[str, ...]) -> None:
        self.number = number
        self.pattern = pattern
        self.owners = owners
        self._globs: list[Glob] | None = None

    def matches(self, path: str) -> bool:
        """Whether it is about this path; upper and lower case are different, as they are to GitHub."""
        if self._globs is None:
            self._globs = [Glob(text.encode("utf-8", "surrogateescape"), exact=True) for text in globs(self.pattern)]
        raw = path.encode("utf-8", "surrogateescape")
        return any(glob.matches(raw) for glob in self._globs)


class Table:
    """CODEOWNERS as it was read.

    `problems` are the lines that GitHub skips, each with what is wrong. `refusal` says why the whole file cannot be
    used, '' where it can.
    """

    __slots__ = ("_map", "lines", "problems", "refusal")

    def __init__(
        self,
        lines: tuple[Line, ...] = (),
        owner_map: Mapping[str, str] | None = None,
        problems: tuple[str, ...] = (),
        refusal: str = "",
    ) -> None:
        self.lines = lines
        self.problems = problems
        self.refusal = refusal
        self._map = {name.lower(): address for name, address in (owner_map or {}).items()}

    def owner(self, path: str) -> Owned:
        """Return who owns a path: of the rules that match it the last one says so."""
        line = next((line for line in reversed(self.lines) if line.matches(path)), None)
        if line is None:
            return Owned()
        known = [self._map.get(name.lower(), "") for name in line.owners]
        return Owned(tuple(filter(None, known)), self.unknown(line), f"CODEOWNERS line {line.number}")

    def unknown(self, line: Line) -> tuple[str, ...]:
        """Return the owners of a line whom no rule `owner-map` translates."""
        return tuple(name for name in line.owners if not self._map.get(name.lower()))


def owner(path: str, rules: Iterable[tuple[str, str]], table: Table | None = None) -> Owned:
    """Return who owns a path, by the rules `owner` (glob, address) and, where none is about it, by CODEOWNERS.

    Later rules win; one with an empty address takes the owners away, and CODEOWNERS is not asked.
    """
    raw = path.encode("utf-8", "surrogateescape")
    found: Owned | None = None
    for text, address in rules:
        if Glob(text.encode("utf-8", "surrogateescape"), exact=True).matches(raw):
            found = Owned((address,) if address else (), (), f"rule {text}")
    if found is not None:
        return found
    return table.owner(path) if table is not None else Owned()


def bears(addresses: Iterable[str], session: str, name: str, role: str, teams: Collection[str]) -> bool:
    """Whether one of the addresses (a name, an id, role:R, team:T) is that of a session."""
    for address in addresses:
        kind, colon, value = address.partition(":")
        if colon and kind == "role":
            if role and value == role:
                return True
        elif colon and kind == "team":
            if value in teams:
                return True
        elif address in (session, name):
            return True
    return False


def codeowners(text: str, owner_map: Mapping[str, str] | None = None) -> Table:
    """Read CODEOWNERS. A line that GitHub calls invalid is skipped, and told in `problems`.

    `owner_map` translates its names (@user, @org/team, an address of mail; case does not matter) to addresses.
    """
    if len(text.encode("utf-8", "surrogateescape")) > MOST:
        return Table(refusal=f"CODEOWNERS is larger than {MOST // 1024 // 1024} MB")
    lines: list[Line] = []
    problems: list[str] = []
    for number, written in enumerate(text.splitlines(), 1):
        line = written.strip(_SPACE + "\r\ufeff")
        if not line or line.startswith("#"):
            continue
        if _is_section(line):
            return Table(refusal=f"line {number} of CODEOWNERS begins a section, which only GitLab knows")
        pattern, owners = _split(line)
        wrong = _wrong(pattern, owners)
        if wrong:
            problems.append(f"line {number}: {wrong}")
        else:
            lines.append(Line(number, pattern, owners))
    return Table(tuple(lines), owner_map, tuple(problems))


def _is_section(line: str) -> bool:
    """Whether a line is a heading of GitLab: [Name], ^[Name], [Name][2] @owner."""
    heading = line.removeprefix("^")
    if not heading.startswith("["):
        return False
    end = heading.find("]")
    if end < 2:
        return False
    behind = heading[end + 1 :]
    if behind.startswith("["):
        count, bracket, behind = behind[1:].partition("]")
        if not bracket or not count.isdigit():
            return False
    return not behind or behind[0] in _SPACE


def _split(line: str) -> tuple[str, tuple[str, ...]]:
    """Return the pattern and the owners of a line; a blank behind a backslash is part of the pattern."""
    at = 0
    while at < len(line) and line[at] not in _SPACE:
        at += 2 if line[at] == "\\" else 1
    owners = []
    for word in line[at:].split():
        if word.startswith("#"):
            break
        owners.append(word)
    return line[:at], tuple(owners)


def _wrong(pattern: str, owners: tuple[str, ...]) -> str:
    """Return what GitHub does not take of a line, '' where it takes all."""
    if pattern.startswith("!"):
        return "a pattern cannot be negated with !"
    if pattern.startswith("\\#"):
        return "a # at the beginning cannot be escaped"
    if "[" in pattern or "]" in pattern:
        return "[ ] is not a range of characters here"
    bad = next((name for name in owners if not _is_owner(name)), "")
    return f"{bad} is neither @user, @organization/team nor an address of mail" if bad else ""


def _is_owner(name: str) -> bool:
    if name.startswith("@"):
        parts = name[1:].split("/")
        return len(parts) <= 2 and all(part and "@" not in part for part in parts)
    user, at, host = name.partition("@")
    return bool(user and at and host) and "@" not in host


def globs(pattern: str) -> Iterator[str]:
    """Yield globs that together match what a pattern of CODEOWNERS matches.

    A pattern with a slash, but for one at its end, begins at the root; any other matches at every depth. A directory
    stands for all below it, and a name may be one; `docs/*` is what stands in `docs` itself, and nothing deeper.
    """
    parts = [_without_stars(part) for part in pattern.strip("/").split("/") if part]
    if not parts:
        return
    anchored = "/" in pattern.rstrip("/")
    body = "/".join(parts if anchored or parts == ["**"] else ["**", *parts])
    if pattern.endswith("/"):
        yield f"{body}/**"
        return
    yield body
    if parts[-1] not in ("*", "**"):
        yield f"{body}/**"


def _without_stars(part: str) -> str:
    """Return a component in which a run of stars is one star, but for one that is `**` alone."""
    if part == "**":
        return part
    while "**" in part:
        part = part.replace("**", "*")
    return part
