"""What the worlds show: results side by side, explanations, readings, what may be done."""
