"""A barrier: sessions wait for each other, and when all have arrived the work of all is put together."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "barrier": Summary(
        "Wait for each other: make a barrier, arrive at it, wait until all have arrived.",
        ("barrier parts --need ana --need role:tester --then 'merge the parts'", "barrier parts wait 30m"),
    ),
}
