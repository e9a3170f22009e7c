"""Clause families: one file each, none knowing another.

In each file, in this order: what such a clause says and where that comes from; its terms; the events it speaks of;
`compile`, terms to formulas, pure; and the binding.
"""
