"""The widgets: thin shells that keep painted rows and repaint those that changed."""
