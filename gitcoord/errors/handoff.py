"""What keeps work from being handed over, one class a case.

`offer` is the beginning of its id, '' where it is not known. Names are harmless to show already.
"""

from __future__ import annotations

from gitcoord.errors import Forbidden, NotFound, NotMine
from gitcoord.errors.refusal import Late
from gitcoord.errors.remedy import Remedy, step


def _show(offer: str) -> str:
    return Remedy("see: {}", step("handoff show", offer)) if offer else ""


class NotYourSession(Forbidden):
    """A session for which the caller may not offer."""

    def __init__(self, name: str, session: str) -> None:
        hint = Remedy("what a gone session left: {}", step("adopt", session))
        super().__init__(f"{name} ({session}) is not a session of yours in this clone", hint)


class NotClaimedBy(NotMine):
    """A scope that the giver does not claim."""

    def __init__(self, scope: str, name: str) -> None:
        super().__init__(f"{scope} is not claimed by {name}", Remedy("see: {}", "claims"))


class NoTaker(NotFound):
    """A session that is not there, or is the giver."""

    def __init__(self, name: str) -> None:
        hint = Remedy("see who is there: {}", "sessions")
        super().__init__(f"session {name} is not there, or is the giver itself", hint)


class NoLongerHeld(NotMine):
    """The giver does not hold all that is offered."""

    def __init__(self, name: str, offer: str) -> None:
        super().__init__(f"{name or 'the session'} no longer holds all that is offered", _show(offer))


class OfferForAnother(Forbidden):
    """An offer that the session cannot accept."""

    def __init__(self, offer: str) -> None:
        super().__init__("the offer is for somebody else, or of another clone", _show(offer))


class OfferLate(Late):
    """An offer whose time is over."""

    def __init__(self, offer: str) -> None:
        show = step("handoff show", offer) if offer else "handoff list --all"
        super().__init__("the offer", Remedy("what it named is its giver's as before: {}", show))
