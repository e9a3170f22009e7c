"""adidem runs partnership agreements, and shows where the parties do not mean the same thing."""

__version__ = "0.1.0"
