"""Recovering a restored book: compared with what is outside of it, then released by two persons."""
