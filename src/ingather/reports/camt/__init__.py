"""ISO 20022: account reports, statements and notifications (camt) and payment status reports (pain.002)."""
