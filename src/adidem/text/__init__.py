"""LegalDown documents in, an agreement out, and the consolidated text back."""
