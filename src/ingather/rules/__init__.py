"""The Nacha Rules and our policy as dated tables and pure functions: dates, entry classes, reasons, returns, banks."""
