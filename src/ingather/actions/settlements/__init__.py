"""Settling merchants: statements, what is held and kept back, what is taken back step by step, and what they owe."""
