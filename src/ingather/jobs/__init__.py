"""What runs by itself: the night, the inbound run, settling, and the rehearsal with a bank in a box."""
