"""The server on this machine: every command over HTTP, events as they happen, and the board as a page."""
