"""Keys in the book: opening, closing and destroying epochs, and rotations that two persons wanted."""
