"""Sampled worlds: what may happen, drawn as integers, and the program run over all of it at once."""
