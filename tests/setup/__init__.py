"""Setting up, examining, tidying up and taking out."""
