"""The heart: decisions about persons, units and quota; pure, no input or output."""
