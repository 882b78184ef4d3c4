"""What sessions do: one noun a module, with its record, its operations and how they apply to the state."""
