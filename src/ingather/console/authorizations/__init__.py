"""Authorizations: found, shown with their evidence, revoked, proven to a bank, and kept for as long as they must be."""
