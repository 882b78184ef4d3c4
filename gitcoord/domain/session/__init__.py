"""Sessions: who works here, for how long, and what of it is over."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "start": Summary(
        "Start a session by name.",
        ("start alice --role implementer --can review", "start --resume alice-1a2b3c4d"),
        "starting",
    ),
    "whoami": Summary("Say which session this is.", ("whoami", "whoami --json"), "listing"),
    "sessions": Summary("List who works here.", ("sessions", "sessions --can review --status active"), "listing"),
    "beat": Summary(
        "Say that this session is alive, and what it is doing.",
        ("beat testing --target src/auth --progress 40", "beat --every 60s --while-pid 4242"),
        "beating",
    ),
    "end": Summary(
        "End this session: everything it holds is released.", ("end", "end -m 'the new login is done'"), "ending"
    ),
    "retire": Summary("End crashed sessions.", ("retire alice-1a2b3c4d", "retire --gone"), "ending"),
}
