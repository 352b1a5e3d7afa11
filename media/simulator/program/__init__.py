"""Runs TwiML on a live call, a module a verb that takes time."""
