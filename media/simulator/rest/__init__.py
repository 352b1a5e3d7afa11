"""The carrier's REST face."""
