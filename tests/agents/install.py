"""Fetch the programs of coding agents into a directory: `python -m tests.agents.install DIR [NAME...]`.

The versions are those with which the formats were looked up. `GITCOORD_AGENTS=DIR python -m pytest tests/agents` runs
the tests with them. Needs nothing but Python and npm.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGES = {
    "claude": "@anthropic-ai/claude-code@2.1.332",
    "codex": "@openai/codex@0.171.0",
    "gemini": "@google/gemini-cli@0.61.0",
    "copilot": "@github/copilot@1.0.102",
    "opencode": "opencode-ai@1.18.33",
}
"""What npm calls each, by the name of its program."""


def program(directory: Path, name: str) -> Path:
    """Return where the program of an agent stands below the directory."""
    return directory / name / "node_modules" / ".bin" / name


def install(directory: Path, names: Iterable[str] = ()) -> None:
    """Fetch those of these names, or all, that are not there.

    Raises `CalledProcessError` where npm does not reach its registry.
    """
    for name in names or PACKAGES:
        if not program(directory, name).exists():
            where = directory / name
            where.mkdir(parents=True, exist_ok=True)
            quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(["npm", "install", *quiet, "--prefix", str(where), PACKAGES[name]], check=True)


if __name__ == "__main__":
    install(Path(sys.argv[1]), sys.argv[2:])
