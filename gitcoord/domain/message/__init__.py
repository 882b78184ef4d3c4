"""Messages between sessions: sending, the mailbox, and what gitcoord says by itself."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "send": Summary(
        "Send a message to a session, a role, or everybody.",
        ("send bob 'may I have src/auth?' --ack", "send all 'the login has changed' --topic shop.login"),
        "sending",
    ),
    "inbox": Summary(
        "Read what was sent to this session, or wait for it.",
        ("inbox --wait 10m", "inbox --all --topic 'shop.#'"),
        "reading",
    ),
    "ack": Summary("Acknowledge a message.", ("ack 1a2b3c4d", "ack 1a2b3c4d -m 'yes, take it'"), "reading"),
}
