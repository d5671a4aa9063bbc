"""Taking bank reports: the bytes are kept first, sealed; then what they say is applied once, or kept for a person."""
