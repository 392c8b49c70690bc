"""The order book, order by order, and what its records hand on."""
