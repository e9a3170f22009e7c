"""A folder of documents and events, and every answer about it as plain data."""
