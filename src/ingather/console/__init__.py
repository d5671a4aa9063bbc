"""The console: server-rendered pages in which people read, approve and question what was sent.

A page is one declaration (its address, the permission it needs) and one function from a visit to an answer. Pages read
through ``store/reading`` and write through ``actions``, as the API does beside them; they know nothing of each other.
"""
