"""The radar: whose work would conflict when it is merged, in which files, told before anybody merges."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "conflicts": Summary(
        "Show whose work would conflict when it is merged, and in which files.",
        ("conflicts", "conflicts --with ana", "conflicts --all --exit-code"),
    ),
}
