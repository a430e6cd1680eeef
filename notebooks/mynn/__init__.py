"""Your neural network library: `#| export` cells of your notebooks fill it, block by block."""
