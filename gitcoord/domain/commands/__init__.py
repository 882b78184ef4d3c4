"""What each command does: one function that returns one record."""
