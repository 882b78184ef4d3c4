"""The rules that hold for everybody."""
