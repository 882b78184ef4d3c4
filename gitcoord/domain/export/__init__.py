"""Interfaces that sessions offer each other: a name, the file where it stands, and what it is for."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "export": Summary(
        "Offer an interface to others: a name, its file, and what it is for.",
        ("export login-api src/login.py -m 'check a password'", "export login-api --withdraw -m 'moved to accounts'"),
    ),
    "exports": Summary("List the interfaces that are offered.", ("exports", "exports password --json")),
}
