"""Concealment of lost packets."""

from media.audio.concealment.concealment import METHODS, PacketLossConcealment

__all__ = ["METHODS", "PacketLossConcealment"]
