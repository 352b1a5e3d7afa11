"""Calls joined with each other: two of a `<Dial>`, or all of a conference."""
