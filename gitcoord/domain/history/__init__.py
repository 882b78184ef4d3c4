"""What happened: the events as those see them who look back or watch."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "log": Summary("Show what happened, newest first.", ("log --path src/auth", "log --of alice --since 2h")),
}
