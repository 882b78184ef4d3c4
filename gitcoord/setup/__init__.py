"""Setting a repository up, looking after it, and taking everything out again."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "init": Summary("Set up this repository, and install the hooks.", ("init", "init --hub origin"), "setting_up"),
    "uninit": Summary("Remove hooks and settings again.", ("uninit", "uninit --purge"), "taking_out"),
    "doctor": Summary(
        "Check that everything works, and say how to fix what does not.", ("doctor", "doctor --full"), "examining"
    ),
    "gc": Summary("Remove what crashed and ended sessions left behind.", ("gc", "gc -q"), "gc"),
}
