"""Verbs of the desk: one function is one transaction's work and leaves one audit record. None talks to the bank."""
