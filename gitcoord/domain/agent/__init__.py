"""Coding agents at home: their hooks, the MCP server and permissions, in their own configuration."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "agent": Summary("Let coding agents coordinate by themselves.", ()),
    "agent install": Summary(
        "Write hooks, MCP server and permissions into an agent's configuration.",
        ("agent install claude-code codex", "agent install --all --dry-run"),
    ),
    "agent uninstall": Summary(
        "Take them out again.",
        ("agent uninstall cursor", "agent uninstall --all"),
    ),
    "agent instructions": Summary(
        "Print a short text for the instructions of any agent.",
        ("agent instructions", "agent instructions --json"),
        "instructions",
    ),
    "agent plugin": Summary(
        "Make a plugin directory that agents load.",
        ("agent plugin ~/gitcoord-plugin", "agent plugin /tmp/plugin --json"),
        "plugin",
    ),
}
