"""One request's work: gather, batch, stitch, answer."""
