"""How commitments stand, and what a provider's own record says of them."""
