"""The noun handoff."""
