"""Yahoo's delayed price and candles, for orientation where order flow is out; `yfinance` is imported when asked."""
