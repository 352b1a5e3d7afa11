"""How a callee's line sounds: voices changed in speed and pitch, noises, narrow and dull lines."""
