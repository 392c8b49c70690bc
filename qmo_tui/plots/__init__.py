"""Pictures that stand beside a document: the only place that knows how to draw axes."""
