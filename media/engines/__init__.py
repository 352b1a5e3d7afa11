"""Speech and language engines behind small protocols."""
