"""Bearer tokens: keys, checking, and who stands behind them."""
