"""Noise reduction of the callee's channel."""
