"""Prices that rules of Gann name: levels of past ranges, and places where independent rules agree."""
