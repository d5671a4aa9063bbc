"""The checks of the reader, by what they look at: headers, controls, entries by SEC code, addenda, answers."""
