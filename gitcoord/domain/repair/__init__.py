"""Numbers after a hub came back from a backup."""
