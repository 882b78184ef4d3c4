"""The board: who works here, what they hold, what needs attention."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "metrics": Summary(
        "Count sessions, claims, waits, messages and answers.", ("metrics", "metrics --json"), "measuring"
    ),
}
