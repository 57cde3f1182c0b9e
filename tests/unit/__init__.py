"""One room at a time, without network, quick."""
