"""The agents that are known: a module each, and a line here."""

from __future__ import annotations

from gitcoord.domain.agent.programs import claude_code, codex, copilot, cursor, gemini, opencode

PROGRAMS = {
    program.name: program
    for program in (
        *(claude_code.PROGRAM, codex.PROGRAM, cursor.PROGRAM, gemini.PROGRAM, copilot.PROGRAM, opencode.PROGRAM),
    )
}
"""By the name that a person types."""
