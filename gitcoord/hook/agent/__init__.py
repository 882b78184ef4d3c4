"""What the hooks of coding agents run: parse the event, judge it, answer in the agent's own form."""
