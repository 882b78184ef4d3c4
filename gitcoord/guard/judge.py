"""What speaks against a change: the paths that others claim, those whose claims are stale, those nobody claims."""

from __future__ import annotations

from gitcoord.policy import guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from gitcoord.guard.claims import Claims, Standing
    from gitcoord.guard.sessions import Sessions

_MOST = 100  # holders, and paths of each, that are named where it goes on record


class Objection:
    """A path and the claim that speaks against changing it; `stale` says why that does not count, '' where it does."""

    __slots__ = ("claim", "path", "session", "stale")

    def __init__(self, path: str, session: str, claim: str, stale: str = "") -> None:
        self.path = path
        self.session = session
        self.claim = claim
        self.stale = stale


class Verdict:
    """What was found: claims that refuse, claims that only look as if, and paths that the rules want claimed first."""

    __slots__ = ("held", "stale", "unclaimed")

    def __init__(self) -> None:
        self.held: list[Objection] = []
        self.stale: list[Objection] = []
        self.unclaimed: list[str] = []

    @property
    def refuses(self) -> bool:
        """Whether anything stands in the way."""
        return bool(self.held or self.unclaimed)

    @property
    def paths(self) -> list[str]:
        """The paths that something is said about, without repetition."""
        named = [item.path for item in (*self.held, *self.stale)]
        return list(dict.fromkeys([*named, *self.unclaimed]))

    @property
    def refused(self) -> set[str]:
        """The paths that stand in the way."""
        return {*(item.path for item in self.held), *self.unclaimed}

    def holders(self) -> list[dict[str, object]]:
        """Whose claims stand in the way, each with the paths, as the record of a bypass has them."""
        by: dict[str, list[str]] = {}
        for item in self.held:
            by.setdefault(item.session, []).append(item.path)
        return [
            {"session": session, "paths": list(dict.fromkeys(paths))[:_MOST]}
            for session, paths in list(by.items())[:_MOST]
        ]

    def without(self, paths: Collection[str]) -> None:
        """Take these paths out of sight."""
        self.held = [item for item in self.held if item.path not in paths]
        self.stale = [item for item in self.stale if item.path not in paths]
        self.unclaimed = [path for path in self.unclaimed if path not in paths]


class Judge:
    """Looks at paths for one session, or for nobody. May raise `Unreadable` throughout.

    `mine` tells the ids of the session that makes the change and of its ancestors; it is asked when a claim is met.
    """

    __slots__ = ("_claims", "_mine", "sessions")

    def __init__(self, claims: Claims, sessions: Sessions, mine: Callable[[], Collection[str]]) -> None:
        self.sessions = sessions
        self._claims = claims
        self._mine = mine

    def look(
        self, paths: Iterable[str], existing: Callable[[], Collection[str]], *, claimed_first: bool = False
    ) -> Verdict:
        """The verdict on these paths. `existing` tells which of them were there before; it is asked when it matters.

        `claimed_first`: of these, the ones that nobody of mine claims are refused too.
        """
        verdict = Verdict()
        there = existing() if claimed_first else None
        for path in paths:
            covering, below = self._claims.on(path)
            if not all(item.takes(path) for item in covering):
                there = existing() if there is None else there
                if path in there:
                    covering = [item for item in covering if item.takes(path)]
            if covering or below:
                self._weigh(verdict, path, guard.against(covering, below, self._mine()))
            if claimed_first and path in (there or ()) and not guard.covered(covering, self._mine()):
                verdict.unclaimed.append(path)
        return verdict

    def own(self, paths: Iterable[str], existing: Callable[[], Collection[str]]) -> list[tuple[str, str]]:
        """The claims of mine, as (session, claim), that cover these paths.

        `existing` tells which of them were there before; it is asked when it matters.
        """
        found, mine = {}, self._mine()
        for path in paths:
            for item in self._claims.on(path)[0]:
                if item.session in mine and (item.takes(path) or path not in existing()):
                    found[item.session, item.claim] = True
        return list(found)

    def _weigh(self, verdict: Verdict, path: str, against: Iterable[Standing]) -> None:
        for item in against:
            why = self.sessions.stale(item.session, item.claim)
            (verdict.stale if why else verdict.held).append(Objection(path, item.session, item.claim, why))
