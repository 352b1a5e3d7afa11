"""Signed requests to the customer."""
