"""Decisions, each with its reason, for everybody who comes later."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "decide": Summary(
        "Record a decision, and why it was taken.",
        (
            "decide 'passwords are hashed with argon2' --why 'bcrypt cuts them at 72 bytes'",
            "decide 'sessions last a day' --why 'support asked' --supersedes 1a2b3c4d",
        ),
    ),
    "decisions": Summary("List the decisions that stand.", ("decisions", "decisions password --json")),
}
