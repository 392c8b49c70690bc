"""The tables of `config.toml`, typed: what each setting may be, with the words that an error says it in."""
