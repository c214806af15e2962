"""Writes adamw.json: ten steps of torch's AdamW on two tensors with given gradients.

Run: pip install torch==2.13.0 transformers==5.23.0 && python test/golden/adamw.py
"""

import torch

from tiny_llama import rounded, stored, write

SETTINGS = {"betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}
RATES = [0.0, 0.01, 0.02, 0.03, 0.03, 0.025, 0.02, 0.01, 0.005, 0.001]
SHAPES = {"matrix": (3, 4), "gain": (5,)}


def main():
    torch.manual_seed(0)
    weights = {name: torch.randn(shape) for name, shape in SHAPES.items()}
    start = {name: stored(weight) for name, weight in weights.items()}
    optimizer = torch.optim.AdamW(weights.values(), lr=0.0, **SETTINGS)
    steps = []
    for i, rate in enumerate(RATES):
        for weight in weights.values():
            weight.grad = torch.randn(weight.shape) * 10.0 ** (i % 5 - 3)
            weight.grad.flatten()[0] = 0.0
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        steps.append(
            {
                "rate": rounded(rate),
                "gradients": {name: stored(w.grad) for name, w in weights.items()},
                "weights": {name: stored(w) for name, w in weights.items()},
            }
        )
    write(__file__, {"settings": SETTINGS, "weights": start, "steps": steps})


if __name__ == "__main__":
    main()
