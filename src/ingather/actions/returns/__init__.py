"""Returns: matched and kept, decided by the rules, applied to what they stop, and the cases they open."""
