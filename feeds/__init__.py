"""The market comes in: sources that turn bytes into batches of wire records."""
