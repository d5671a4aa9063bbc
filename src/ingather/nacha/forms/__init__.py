"""The forms that debits take besides the plain one: what undoes, repeats, charges for or prepares an entry."""
