"""Answering machine detection: who picked up, judged by the sound of the line."""
