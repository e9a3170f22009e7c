"""Files that other systems export, brought into the ledger as events."""
