"""A command that runs under a claim."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "run": Summary(
        "Run a command while this session holds a claim.",
        ("run slot:deploy --wait 30m -- make deploy", "run migrations -m 'new table' -- ./manage.py makemigrations"),
    )
}
