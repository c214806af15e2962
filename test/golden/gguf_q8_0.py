"""Writes gguf_q8_0.json: float32 blocks, and the bytes of Q8_0 that the gguf package makes of them.

Run: pip install gguf==0.19.0 && python test/golden/gguf_q8_0.py
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, quants


def main():
    random = np.random.default_rng(0)
    rows = [
        random.standard_normal(32),
        random.standard_normal(32) * 1e-3,
        random.uniform(-1, 1, 32),
        np.zeros(32),
        np.full(32, -0.25),
        np.arange(32) - 15.5,  # halves, which are rounded away from zero
        np.concatenate([[127.0], np.arange(31) - 14.5]),  # a scale of exactly 1
        np.concatenate([[1e-9], random.standard_normal(31) * 1e-10]),  # a scale that float16 has not
        random.standard_normal(32) * 1e6,
        random.standard_cauchy(32),
    ]
    blocks = np.stack(rows).astype(np.float32)
    stored = quants.quantize(blocks, GGMLQuantizationType.Q8_0)
    value = {
        "gguf": version("gguf"),
        "data": [float(f"{x:.9g}") for x in blocks.flatten()],
        "bytes": stored.tobytes().hex(),
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
