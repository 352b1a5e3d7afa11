"""The ears: recognisers behind `port.Recognizer`."""
