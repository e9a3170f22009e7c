"""A workspace played forward: what may come, how sure it is, what moves it; as plain data, files and plots."""
