"""`git coord mcp`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.errors.usage import NotInstalled
from gitcoord.interfaces.surroundings import current_directory

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


@dataclass(frozen=True, slots=True)
class Request:
    """Serve coding agents over MCP, on standard input and output, until standard input ends."""


def run(this: Invocation, _: Request) -> None:
    """Serve coding agents over MCP, on standard input and output, until standard input ends."""
    try:
        from gitcoord.interfaces.mcp.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types", "anyio"):
            raise
        raise NotInstalled("the MCP server", "mcp", f"{sys.executable} -m pip install 'mcp>=2.3,<3'") from error
    serve(this.environ, this.directory or current_directory(), this.session)
