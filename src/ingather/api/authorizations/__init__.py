"""Authorizations over HTTP: recorded with their evidence, shown, stopped, completed, and proven to the bank."""
