"""What happens by itself for an agent's window: its session, what it edits, what it is told."""
