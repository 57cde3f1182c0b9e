"""Looks at a document before anything else does: bounds, cost, who may ask what of the schema."""
