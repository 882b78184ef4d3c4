"""Messages between sessions: sending, the mailbox, and what gitcoord says by itself."""
