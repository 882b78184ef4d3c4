"""Clones that coordinate through a hub: real git, real transports, and a hub to which everything happens."""
