"""The command line: questions in, tables or JSON out."""
