"""What a session should know before it starts: a digest of everything, within a stated size."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "context": Summary(
        "Say what to know before a task: who works nearby, interfaces, decisions, requests, halts.",
        ("context --for 'mend the login in src/auth'", "context --markdown -o CONTEXT.md"),
    ),
}
