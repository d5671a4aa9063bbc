"""Keys, and the only opener of ciphertext: account numbers and file bytes are sealed here and opened nowhere else."""
