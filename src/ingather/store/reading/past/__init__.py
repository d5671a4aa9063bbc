"""What the book knew at an instant: facts, rows and postings recorded until then, folded as today's are.

Two days stand beside everything that happened. *Known at* is when it was recorded (``recorded_at`` at or before the
instant): a return that came in on Thursday was not known on Wednesday, whatever day it settled on. *True on* is the
banking date that it is about (``on_date``), which may lie before or after. Only what was known is asked for here: the
same question about the same instant has the same answer for ever.

What the book keeps only as it is now (why an order waits, the callers' labels) is not told for the past at all.
"""
