"""Echo cancellation of one call: what the agent said must not come back as the callee's speech."""
