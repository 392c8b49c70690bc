"""Which panes are shown where: layouts as data, and the arithmetic that gives each pane its cells."""
