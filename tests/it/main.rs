//! Integration tests: one module per command over a sandbox with its own home, cache and index.
