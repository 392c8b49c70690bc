"""Painting as pure functions: a `Frame` and a size in cells give rows of (text, ink).

Nothing here knows Textual. An ink names its colours and attributes (`bid bold on bid_bar`); `themes` turns it into a
style. Every number the trader reads is formatted in this package.
"""
