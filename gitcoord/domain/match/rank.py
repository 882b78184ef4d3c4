"""How well sessions fit a description: points for each sign, which is told in words. Deterministic, no network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.policy.scope import Scope, overlap

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gitcoord.domain.board.look import Seen

ROLE, CAPABILITY, TEAM, CLAIM, COMMITS, WORD, IDLE, TASK = 6, 5, 4, 6, 3, 2, -1, -2
"""Points for a role, a capability and a team that are named, a claim on a path that is named, commits on it, a word in
common with what the session works on; for being idle; for each task that it holds already."""

MOST_WORDS = 3
"""So many words in common count."""

SHORTEST = 3
"""Letters of a word that says something."""

_STOP = frozenset(
    (
        *("and", "are", "but", "can", "for", "from", "has", "have", "into", "its", "not", "our", "that", "the"),
        *("their", "then", "this", "use", "was", "who", "will", "with", "you"),
    )
)
_ROLES = (
    (("review", "check", "audit"), "reviewer"),
    (("test", "tests", "coverage"), "tester"),
    (("document", "docs", "readme", "changelog"), "writer"),
    (("merge", "integrate", "release", "land"), "integrator"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a description asks for: its words in lower case, the paths that it names, and its words as they are said."""

    words: frozenset[str]
    paths: tuple[str, ...]
    said: frozenset[str] = frozenset()


@dataclass(slots=True)
class Rank:
    """The points of a session, and where they come from, the most telling first."""

    points: int = 0
    fits: bool = False
    reasons: list[str] = field(default_factory=list)

    def add(self, points: int, reason: str) -> None:
        """Add a sign that the session fits, or a reason against it."""
        self.points += points
        self.fits = self.fits or points > 0
        self.reasons.append(reason)


def wanted(text: str, top: str = "", below: str = "") -> Wanted:
    """Read a description. What has a slash, or a dot within, is a path.

    `top` is the directory of the working tree, and `below` where in it somebody asks: a path may be meant from both.
    """
    parts = [part.strip("'\"`(").removeprefix("./").strip(".,;:!?()[]'\"`") for part in text.split()]
    named = [part for part in parts if "/" in part.strip("/") or re.search(r"\w\.\w", part)]
    paths = [path.removeprefix(f"{top}/").strip("/") for path in named]
    paths += [f"{below}/{path.strip('/')}" for path in named if below and not path.startswith("/")]
    said = frozenset(part.lower().removeprefix("team:") for part in parts)
    return Wanted(frozenset(words(text)), tuple(dict.fromkeys(path for path in paths if path)), said)


def words(text: str) -> set[str]:
    """Return the words of a text that say something, in lower case, without a plural's s."""
    found = re.findall(r"[^\W_]+", text.lower())
    return {_stem(word) for word in found if len(word) >= SHORTEST and word not in _STOP}


def rank(ask: Wanted, seen: Seen, tasks: int, commits: Mapping[str, int], teams: Collection[str] = ()) -> Rank:
    """Rank a session. `tasks` is how many it holds, `commits` how many it made on each of the paths named.

    `teams` are those in which it is.
    """
    found = Rank()
    if seen.role and _names(ask, seen.role):
        found.add(ROLE, f"its role is {seen.role}")
    for capability in seen.capabilities:
        if _names(ask, capability):
            found.add(CAPABILITY, f"it can {capability}")
    for path in ask.paths:
        held = [scope for scope in seen.claims if meets(scope, path)]
        if held:
            found.add(CLAIM, f"it claims {held[0]}")
        if commits.get(path):
            found.add(COMMITS, f"it committed on {path}")
    said = words(" ".join((seen.work, seen.target, seen.phase, seen.next, " ".join(seen.touched), seen.branch)))
    common = sorted(said & ask.words)[:MOST_WORDS]
    if common:
        found.add(WORD * len(common), f"it works on {', '.join(common)}")
    if team := next((name for name in teams if name in ask.said), ""):
        found.add(TEAM, f"it is in team {team}")
    if seen.status == "idle":
        found.add(IDLE, "it is idle")
    if tasks:
        found.add(TASK * tasks, f"it holds {tasks} task{'s' if tasks > 1 else ''} already")
    return found


def _names(ask: Wanted, name: str) -> bool:
    """Whether a role or a capability is named: one of its words, or all of it, however short."""
    return bool(words(name) & ask.words) or name.lower() in ask.said


def role_for(ask: Wanted) -> str:
    """Return the role that a new session for this would have."""
    for signs, role in _ROLES:
        if not ask.words.isdisjoint(_stem(sign) for sign in signs):
            return role
    return "implementer"


def _stem(word: str) -> str:
    return word[:-1] if len(word) > SHORTEST and word.endswith("s") and not word.endswith("ss") else word


def meets(shown: str, path: str) -> bool:
    """Whether a claim, as it is shown, may be on a path."""
    if ":" in shown:
        return False
    globbed = any(char in shown for char in "*?[")
    own = Scope("glob", shown) if globbed else Scope("directory", shown.rstrip("/") or ".")
    return overlap(own, Scope("directory", path))


def in_order(ranks: Iterable[tuple[Seen, Rank]]) -> list[tuple[Seen, Rank]]:
    """Return those that fit, the best first; of equals the one that was seen last."""
    fitting = [(seen, found) for seen, found in ranks if found.fits]
    return sorted(fitting, key=lambda pair: (-pair[1].points, -pair[0].last_seen, pair[0].id))
