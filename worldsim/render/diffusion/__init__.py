"""The learned renderer: from the truth and the raster's picture to footage. Torch is imported by its modules only."""

import os

# PyTorch's threads spin for 10 ms and more for the next piece of work, on cores that the rasteriser and everybody else
# want. 3000 turns are 0.1 ms: enough from one layer of the network to the next. Read when torch is first imported.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")
