"""The journal: every prompt, decision, order, fill and position of every session, in a file that survives crashes."""
