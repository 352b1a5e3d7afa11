"""The conversation: words in, words out. `media.agent.talk.make_agent` is the entry."""
