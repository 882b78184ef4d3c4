"""The board: who works here, what they hold, what needs attention."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "status": Summary(
        "Show the board: me, what needs attention, sessions, claims, messages.",
        ("status", "status --markdown -o BOARD.md"),
    ),
    "metrics": Summary(
        "Count sessions, claims, waits, messages and answers.", ("metrics", "metrics --json"), "measuring"
    ),
}
