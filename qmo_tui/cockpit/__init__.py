"""What the trader looks at: one screen, painted from frozen market views.

`app` runs it, `desk` says what it needs from the session, `painting` turns views into text without knowing Textual.
Importing this package does not import Textual, so that command lines start fast.
"""
