"""Authorizations: recorded with their evidence, their states, notices, proof for the bank, and how long they stay."""
