"""The carrier's beat and its play-out buffer; the tape of a call."""
