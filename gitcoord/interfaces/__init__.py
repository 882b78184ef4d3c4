"""How people and programs reach the domain."""
