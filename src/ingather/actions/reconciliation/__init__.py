"""Money on our account against batches, and how far the bank's reports are complete."""
