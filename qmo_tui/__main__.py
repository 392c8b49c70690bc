"""`python -m qmo_tui` is `qmo`."""

from qmo_tui.cli import main

if __name__ == "__main__":
    main()
