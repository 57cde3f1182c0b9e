"""What tests share: databases, proxies, builders and fakes."""
