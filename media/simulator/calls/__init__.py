"""The life of a call, and the switch that holds them all."""
