"""What every floor may use: problems, columns, money, dates and ids. No logic of the field lives here."""
