"""Sessions: a source and the engines together, with a screen beside them, a log, or neither."""
