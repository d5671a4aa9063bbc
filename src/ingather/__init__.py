"""Ingather collects what US buyers owe by ACH direct debit."""

__version__ = "0.1.0"
