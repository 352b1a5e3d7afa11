"""Recordings of calls and conferences: the sound, its making, and who is told."""
