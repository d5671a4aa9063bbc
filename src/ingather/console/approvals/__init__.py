"""Approvals: what waits for a second person, the plan beside the bytes, and the decision about exactly these bytes."""
