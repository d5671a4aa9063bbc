"""Every bank report, from its bytes to canonical items: returns, changes, settlements, postings, acknowledgements."""
