"""Futures: what is assumed, drawn, sampled and counted."""
