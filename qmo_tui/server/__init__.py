"""The read-only server: the market of one running session for other programs on this machine, over HTTP and WebSocket.

It listens on the loopback interface alone and every request carries a token. Nothing here can trade or turn a control:
a session is known by `served.Served`, which has neither. `application.py` puts it together, `serving.py` runs it.
"""
