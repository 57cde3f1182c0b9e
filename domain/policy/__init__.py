"""Who sees what: the policy file, its compiler, purposes, masks and scopes; pure."""
