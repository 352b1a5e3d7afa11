"""The people called: what they do, hear and say, and the scenario files that describe them."""
