"""The mouth: voices behind `port.Voice`; `choose` knows which are installed."""
