"""What `benches/compare` is made of: one module for each part of the measurements."""
