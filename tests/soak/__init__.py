"""The full numbers of the proofs."""
