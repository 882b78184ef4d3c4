"""What sessions do together, as the board shows it: workflows, barriers, teams and what else nouns have."""

from __future__ import annotations

from gitcoord.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Together:
    """One thing that several sessions have part in. `text` is a sentence in harmless characters.

    `what` is the noun, `name` what the thing is called: a workflow by its id. `mine`: this session has part in it.
    """

    what: str
    name: str
    text: str
    mine: bool
