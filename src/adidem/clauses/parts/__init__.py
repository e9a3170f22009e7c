"""What several families are made of: no family itself, and none of them knows a family."""
