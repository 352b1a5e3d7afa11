"""The command line: `dialer`."""

from dialer.cli.app import main

__all__ = ["main"]
