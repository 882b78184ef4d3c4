"""What operations do to tasks: all clones must agree on it, so nothing here may change within a schema."""
