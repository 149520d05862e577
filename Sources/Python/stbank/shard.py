"""Which part of each batch a process takes. StreamOrder.md, "Batches"."""

import os
from collections.abc import Mapping

from .errors import StbankError

# What torchrun, srun and mpirun tell their processes.
VARIABLES = [
    ("RANK", "WORLD_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
]


def find(rank: int | None, world: int | None, environment: Mapping[str, str] = os.environ) -> tuple[int, int]:
    """Rank and world as given, else from the environment, else the whole."""
    if (rank is None) != (world is None):
        raise StbankError("usage", "rank and world go together", remedy="give both or neither")
    if rank is not None and world is not None:
        return checked(rank, world)
    for rank_name, world_name in VARIABLES:
        if rank_name in environment:
            try:
                return checked(int(environment[rank_name]), int(environment[world_name]))
            except (KeyError, ValueError):
                raise StbankError(
                    "usage",
                    f"{rank_name} is set but {world_name} is not, or they are no numbers",
                    remedy="set both, or give rank and world",
                ) from None
    return 0, 1


def checked(rank: int, world: int) -> tuple[int, int]:
    if world < 1 or not 0 <= rank < world:
        raise StbankError("usage", f"rank {rank} of {world}", remedy="ranks go from 0 to one less than the world")
    return rank, world


def share(batch_size: int, world: int) -> int:
    """Samples of a batch that fall to each process."""
    if batch_size % world:
        below = next(n for n in range(world - 1, 0, -1) if batch_size % n == 0)
        above = next((n for n in range(world + 1, batch_size + 1) if batch_size % n == 0), None)
        raise StbankError(
            "usage",
            f"a batch of {batch_size} cannot be shared by {world} processes",
            remedy=f"take {below}{f' or {above}' if above else ''} processes, or another batch size",
        )
    return batch_size // world
