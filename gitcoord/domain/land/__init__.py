"""Landing: one branch after the other goes into a shared branch, tested before its turn."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "land": Summary(
        "Land a branch in the default branch: in line, tested, pushed, and proved to be there.",
        ("land --test 'make check'", "land feature --onto main --squash", "land --status"),
    ),
}
