"""A restored book on its way back: what was sent without it is taken in, the rest waits for two persons."""
