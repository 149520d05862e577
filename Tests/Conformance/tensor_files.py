"""safetensors files, read and written from their description alone."""

import json
import struct
from pathlib import Path

import numpy as np
import torch

TYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "U8": np.uint8}


def read(path: Path) -> dict[str, torch.Tensor]:
    data = Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    found = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[8 + size + begin : 8 + size + end], TYPES[entry["dtype"]])
        found[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return found


def write(tensors: dict[str, torch.Tensor], path: Path) -> None:
    names = {np.dtype(value): key for key, value in TYPES.items()}
    header, body = {}, b""
    for name, tensor in tensors.items():
        values = tensor.numpy()
        header[name] = {
            "dtype": names[values.dtype], "shape": list(values.shape), "data_offsets": [len(body), len(body) + values.nbytes]}
        body += values.tobytes()
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)
