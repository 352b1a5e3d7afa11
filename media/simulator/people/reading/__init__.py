"""Readers of a scenario file's parts; `docs/scenarios.md` has the format, line by line."""
