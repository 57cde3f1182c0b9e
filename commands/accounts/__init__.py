"""`fourfold account`, `client`, `keys`, `token`: operating the built-in login."""
