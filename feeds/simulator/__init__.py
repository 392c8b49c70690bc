"""A simulated exchange with known truth: a matching engine, the traders who drive it, and what is planted among them.

Where to begin: `session` owns everything and hands on batches; `matching` is the exchange, `grammar` what it publishes;
`flow` is the background, `actors` carry out what `script` planted, `truth` says what came of it.
"""
