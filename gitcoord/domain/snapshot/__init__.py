"""The uncommitted work of a worktree, kept as a commit, with nothing of the user's touched."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "snapshot": Summary(
        "Keep the uncommitted work of this worktree as a commit.",
        ("snapshot -m 'before the rebase'", "snapshot --restore 3f2a91c0 --apply"),
    )
}
