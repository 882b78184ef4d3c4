"""Numbers given out once: migrations, ids, anything that two sessions must not both use."""

from gitcoord.domain.command import Summary

COMMANDS = {"number": Summary("Take a number that is given out once.", ("number migrations", "number issue -q"))}
