"""`fourfold policy`: what the access policy decides, and why."""
