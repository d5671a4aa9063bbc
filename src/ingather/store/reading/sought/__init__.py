"""What people look for: orders by what they know of them, and anything at all by a text.

Each question is asked by an index, or of the newest rows only, and then it says how far it looked: a book of a million
orders answers as soon as one of a hundred.
"""
