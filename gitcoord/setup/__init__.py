"""Setting a repository up, looking after it, and taking everything out again."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "gc": Summary("Remove what crashed and ended sessions left behind.", ("gc", "gc -q"), "gc"),
}
