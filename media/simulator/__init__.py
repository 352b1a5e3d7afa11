"""The far end: the carrier on loopback, and people who answer. Nothing may import it."""
