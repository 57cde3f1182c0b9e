"""The built-in OpenID Provider: authlib decides, Starlette speaks, the platform database keeps."""
