"""Whether zones hold: what price did after each was said, beside what it did from comparable places without one."""
