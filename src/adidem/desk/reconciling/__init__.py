"""The other side's statement beside our figures: read by its rules, and explained cause by cause."""
