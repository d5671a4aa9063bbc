"""What is given and shown, as frozen models."""
