"""What happened to a session behind its back."""
