"""How well the detectors find what is true: events against the truth of a simulated session.

`detectors` is the table of which event is held against which truth, and how closely; `readings` turns both into
occurrences, `matching` pairs them one to one, `scores` counts. `truth_file` reads the truth, `witness` checks that it
belongs to the recording, `simulated` makes sessions in memory, `listening` collects events, `evaluating` runs it all.
"""
