"""Which session fits a task best, and why."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "match": Summary(
        "Rank the sessions that fit a task, with the reasons.",
        ("match 'review the login in src/auth'", "match 'new menu' --json"),
    )
}
