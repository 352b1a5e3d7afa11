"""Voice activity: is there speech in 20 ms of the callee."""
