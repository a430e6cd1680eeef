"""The only code that both sides share: frames, plain data, mirrored arrays, outputs."""
