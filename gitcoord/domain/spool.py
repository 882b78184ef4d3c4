"""What hooks leave behind for the next command, since they load no database: read with suspicion, then recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from gitcoord.ledger.event import Draft
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

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

    def draft(self) -> Draft:
        """What to record."""
        holders = [{"session": one.session, "paths": one.paths[:MOST_PATHS]} for one in self.holders]
        data = {"commit": self.commit, "who": self.who, "holders": holders}
        return Draft("bypass", f"past the guard: {self.commit[:12]} {printable(self.subject)}".strip(), data)


_RECORD: TypeAdapter[Renewal | Bypass] = TypeAdapter(Annotated[Renewal | Bypass, Field(discriminator="what")])


def read(path: Path) -> Renewal | Bypass | None:
    """One record; None for a file that is none (it is dropped: hooks write whole files)."""
    try:
        return _RECORD.validate_json(path.read_bytes())
    except (ValidationError, FileNotFoundError):
        return None
