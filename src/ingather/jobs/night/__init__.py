"""The night: due orders become files, are sealed, approved and sent, each exactly once."""
