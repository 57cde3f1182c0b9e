"""The built-in OpenID Provider over both platform databases."""
