"""Roles and their rights."""
