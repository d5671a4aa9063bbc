"""SWIFT: statements (MT940) and interim reports (MT942)."""
