"""The scenarios of the bank in a box, each with the book, the terms and the people that it needs."""

from ingather.jobs.rehearsal.scenarios.playing import START, Played, play_scenario

__all__ = ["START", "Played", "play_scenario"]
