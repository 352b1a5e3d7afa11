"""What the carrier keeps of calls, recordings and conferences, without I/O."""
