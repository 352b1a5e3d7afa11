"""The media talks: audio, turns, engines and the agent of one live call."""
