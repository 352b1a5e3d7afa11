"""The carrier's end of a media stream."""
