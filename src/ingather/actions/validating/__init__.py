"""Validating accounts: wanted, sealed, answered by silence, by a return, by a change or by the buyer."""
