"""What an agreement is and how it runs: no files, no clock, no chance, no network.

Read in this order: source, problem, quantity, period, formula, term, agreement, event, norm, transfer, family, engine.
"""
