"""What hooks leave behind for the next command, since they load no database: read with suspicion, then recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from gitcoord.domain.notice import record as notice
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.ledger.state import State

MOST_PATHS = 50

Text = Annotated[str, Field(max_length=1000)]


class Touched(BaseModel):
    """A session whose claims a commit touched, and where."""

    session: Text
    paths: list[Text]


class Renewal(BaseModel):
    """A lease was due while its holder committed."""

    what: Literal["renew"]
    session: Text

    def untold(self, _: State) -> Renewal:
        """There is nobody to tell."""
        return self

    def draft(self) -> Draft:
        """What to record."""
        return Draft("renew", "renew the lease")


class Bypass(BaseModel):
    """A commit that went past the guard. `session` is '' where no session made it."""

    what: Literal["bypass"]
    session: Text = ""
    commit: Text
    who: Text = ""
    subject: Text = ""
    holders: list[Touched]

    def untold(self, state: State) -> Bypass | None:
        """The same for those holders alone that no notice tells of this commit yet; None where all were told."""
        left = [one for one in self.holders if not _told(state, SessionId(one.session), self.commit)]
        return self.model_copy(update={"holders": left}) if left or not self.holders else None

    def draft(self) -> Draft:
        """What to record."""
        holders = [{"session": one.session, "paths": one.paths[:MOST_PATHS]} for one in self.holders]
        data = {"commit": self.commit, "who": self.who, "holders": holders}
        return Draft("bypass", f"past the guard: {self.commit[:12]} {printable(self.subject)}".strip(), data)


def _told(state: State, holder: SessionId, commit: str) -> bool:
    """Whether a session knows already that this commit went past the guard: made so, it is pushed so, too."""
    told = (item for _, item in notice.to(state, holder))
    return any(item.get("what") == "bypassed" and item.get("commit") == commit for item in told)


_RECORD: TypeAdapter[Renewal | Bypass] = TypeAdapter(Annotated[Renewal | Bypass, Field(discriminator="what")])


def read(path: Path) -> Renewal | Bypass | None:
    """One record; None for a file that is damaged (it is dropped: hooks write whole files)."""
    try:
        return _RECORD.validate_json(path.read_bytes())
    except (ValidationError, OSError):
        return None
