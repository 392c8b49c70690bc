"""The market in lines of plain text: for screen readers, for logs, and where there is no terminal."""
