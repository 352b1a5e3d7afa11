"""The carrier's beat and its play-out buffer."""
