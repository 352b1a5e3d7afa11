"""The audio path of the live call over files: recordings cleaned, measured and drawn."""
