"""What a period settles: closing it, adjusting it, and writing it out in the forms that others read."""
