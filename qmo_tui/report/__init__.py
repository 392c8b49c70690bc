"""Reports on sessions: what was made, how sure that is, which rules were kept, how the feed was."""
