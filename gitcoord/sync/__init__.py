"""The hub: transport, verification before adoption, agreement, retention. Nothing else talks to another machine."""
