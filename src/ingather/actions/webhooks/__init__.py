"""Webhooks: endpoints and their secrets, the messages that are due, and what became of each attempt."""
