"""The ledger of a workspace: written, proved, and taken from one home to another."""
