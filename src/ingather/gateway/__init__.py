"""The wire to the bank: named bytes go out once, whole and under one name; what the bank delivers comes in.

A channel moves bytes and reports what it sees. It decides nothing: whether a file was sent is what the caller
concludes from the evidence it reads back, never from a call that raised nothing.
"""
