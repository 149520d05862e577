"""Mini-batches from an stbank data bank: exact order, exactly resumable.

    import stbank
    for batch in stbank.open("sevir", bank="bank", batch_size=8, normalise="standard"):
        print(batch.inputs.shape, batch.targets.shape)

`stbank.torch` holds the same as a `torch.utils.data.IterableDataset`.
"""

from .errors import StbankError
from .stream import Batch, Stream

__all__ = ["Batch", "StbankError", "Stream", "open"]
__version__ = "0.1.0"

open = Stream
