"""Capital protection: one ladder for the account, keyed to the CME trading day, that nothing loosens before its time.

It consumes what became of trades and the records' own time, nothing else: no clock, no file, no opinion of the market.
"""
