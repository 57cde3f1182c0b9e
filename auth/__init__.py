"""Sign-in, tokens, principals and the compiled policy."""
