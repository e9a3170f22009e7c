"""What an agreement is and how it runs: no files, no clock, no chance, no network.

Read in this order, in which each needs only those before it: source, problem, quantity, period; operator, formula;
term, literal, agreement; event, norm, transfer; composition, syntax, provision, composer, family, compose; schedule,
domain, engine.
"""
