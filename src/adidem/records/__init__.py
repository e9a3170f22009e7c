"""Events in, columns out: the ledger as text, sealed and bitemporal, and the records that its events join into."""
