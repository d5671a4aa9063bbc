"""Notifications of change: taken from reports, applied, left or refused, and shown masked."""
