"""A session that runs in another process of this machine, as a screen here sees it: read-only, over a WebSocket."""
