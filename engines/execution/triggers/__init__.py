"""What makes a trade worth asking about, one module each: all read lines of the event log as they are said."""
