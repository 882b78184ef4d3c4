"""What the hooks of coding agents leave to a process that loads everything."""
