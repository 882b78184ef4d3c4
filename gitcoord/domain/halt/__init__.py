"""A halt: somebody stops everybody, or some, until a person lets the work go on."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "halt": Summary(
        "Stop everybody, or see who has answered a halt.",
        (
            "halt -m 'the key has leaked' --type security_breach --require 'push nothing'",
            "halt --status --wait 2m",
        ),
    ),
    "resume": Summary("End a halt: work goes on.", ("resume", "resume -m 'the key is replaced'")),
}
