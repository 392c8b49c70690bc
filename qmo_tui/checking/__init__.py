"""What `qmo check` finds out before a session: key, line, access, contract, this machine."""
