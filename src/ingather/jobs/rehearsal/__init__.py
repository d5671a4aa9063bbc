"""The rehearsal: our jobs and a bank in a box on one clock, in a book of its own."""
