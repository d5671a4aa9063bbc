"""A bank in a box: collects NACHA files, settles, returns, corrects and reports on a given calendar and seed.

It knows our files by their wire format alone and keeps books of its own, so that ours can be held against them to
the cent. It imports only the format and the base, reads no clock and draws no number that the seed does not give.
"""
