"""The board: its answer carries the records; the terminal makes pages of them (`interfaces.cli.status`)."""

from __future__ import annotations

from typing import Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.command import Command, Late, nothing, option


@dataclass(frozen=True, slots=True)
class Status:
    """Show the board: me, what needs attention, sessions, claims, messages."""

    of: Annotated[str, option(metavar="ID", help="Only what concerns this session; its id or name.")] = ""
    role: Annotated[str, option(metavar="R", help="Only what concerns sessions with this role.")] = ""
    type: Annotated[
        str, option(metavar="T", help="Of findings, messages and common work, only those of this type.")
    ] = ""
    short: Annotated[bool, option("--short", help="One line, for a prompt or a status bar.", terminal=True)] = False
    watching: Annotated[bool, option("--watch", help="Live, until q.", terminal=True)] = False
    markdown: Annotated[bool, option("--markdown", help="As a Markdown file.", terminal=True)] = False
    output: Annotated[str, option("-o", "--output", metavar="FILE", help="Where --markdown goes.", terminal=True)] = ""


COMMANDS = (Command("status", Status, Late("gitcoord.domain.board.reading", "status"), nothing, does="reads"),)
