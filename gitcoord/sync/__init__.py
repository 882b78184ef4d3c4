"""The hub: transport, verification before adoption, agreement, retention. Nothing else talks to another machine."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "sync": Summary("Send everything to the hub and fetch everything from it.", ("sync", "sync --hub backup")),
}
