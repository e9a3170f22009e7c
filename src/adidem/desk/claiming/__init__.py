"""Service credits that are to be claimed: as plain data, and as a letter."""
