"""TwiML read into verbs, without I/O."""
