"""The documentation is true: its links lead somewhere, its commands run, its tables are those of the program."""
