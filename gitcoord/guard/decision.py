"""What is decided of a commit in the making: the hooks, `check --staged` and `git coord commit` all ask here."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.judge import Verdict
    from gitcoord.guard.reader import Occasion, Reader
    from gitcoord.guard.rights import Beyond
    from gitcoord.policy.roles import ByPath


class Decision:
    """What was decided, and why.

    `halt` is the record of the halt that stops the change, None where none does. `beyond` are the paths that the role
    of the session does not allow it to change, None where it allows all. `verdict` is what speaks against the paths,
    None where nothing was to be looked at. `lenient`: it would be refused, and the rules let a person go on with a
    warning. `free`: nothing has to do with some of the paths.
    """

    __slots__ = ("beyond", "free", "halt", "lenient", "verdict")

    def __init__(
        self,
        verdict: Verdict | None = None,
        halt: dict[str, object] | None = None,
        *,
        beyond: Beyond | None = None,
        lenient: bool = False,
        free: bool = True,
    ) -> None:
        self.verdict = verdict
        self.beyond = beyond
        self.halt = halt
        self.lenient = lenient
        self.free = free

    @property
    def refuses(self) -> bool:
        """Whether the commit is refused."""
        if self.halt is not None or self.beyond is not None:
            return True
        return self.verdict is not None and self.verdict.refuses and not self.lenient


def decide(reader: Reader, paths: list[str], occasion: Occasion, right: ByPath = "commit") -> Decision:
    """Decide whether a commit, or an edit, may change these paths. Raises `Unreadable` where that cannot be told.

    `right` is the one that the role of the session has to give.
    """
    if reader.has("halt.json"):
        from gitcoord.guard import halts

        halt = halts.stopping(reader, occasion.sessions().liveness.now, occasion.mine, lambda: paths)
        if halt is not None:
            return Decision(halt=halt)
    if reader.has("roles"):
        beyond = _beyond(reader, paths, occasion, right)
        if beyond is not None:
            return Decision(beyond=beyond)
    strict = reader.has("rules.json")
    if not strict and not reader.has("claims"):
        return Decision()
    from gitcoord.guard.claims import Claims

    claims = Claims(reader)
    concerned = [path for path in paths if any(claims.on(path))]
    rules = (reader.record("rules.json") or {}) if strict else {}
    claimed_first = rules.get("require-claim") is True
    if not concerned and not claimed_first:
        return Decision()
    from gitcoord.guard.judge import Judge

    judge = Judge(claims, occasion.sessions(), occasion.mine)
    verdict = judge.look(paths if claimed_first else concerned, occasion.existing, claimed_first=claimed_first)
    if verdict.refuses or verdict.stale:
        verdict.without(occasion.exempt(verdict.paths))
    if verdict.held:
        occasion.permit(verdict)
    lenient = verdict.refuses and rules.get("person") == "warn" and not occasion.mine() and occasion.by_person()
    return Decision(verdict, lenient=lenient, free=len(concerned) < len(paths))


def _beyond(reader: Reader, paths: list[str], occasion: Occasion, right: ByPath) -> Beyond | None:
    """Return what the role of the session does not allow it to change, without what attributes take out of sight."""
    from gitcoord.guard import rights

    found = rights.beyond(reader, occasion.mine(), right, paths)
    if found is None:
        return None
    exempt = occasion.exempt(found.paths)
    found.paths = [path for path in found.paths if path not in exempt]
    return found if found.paths else None
