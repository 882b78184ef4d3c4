"""What the operations on shared state do to the ledger's state."""
