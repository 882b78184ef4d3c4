"""What the guard is to be strict about, for everybody: kept in the ledger, not in one clone's configuration."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "rules": Summary(
        "Show or set the rules that hold for everybody.",
        ("rules", "rules require-claim true", "rules role tester paths=tests/**,docs/**"),
    )
}
