"""Writes training.json: ten steps of torch's AdamW on one batch, with clipped gradients.

The model is "grouped" of llama.json; run llama.py first. `labels` are those that transformers
takes: the label of a place is its own token, -100 where it does not count, and transformers
compares it with the prediction one place before.

Run: pip install torch==2.13.0 transformers==5.23.0 && python test/golden/training.py
"""

import torch

from tiny_llama import rounded, stored, tiny_model, write

RATE = 1e-2
CLIP = 1.0
SETTINGS = {"betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.0}
MASKED = [(0, slice(0, 3)), (1, slice(0, 2)), (1, slice(6, 7))]


def main():
    torch.manual_seed(2)
    model = tiny_model("grouped")
    ids = torch.randint(0, model.config.vocab_size, (2, 7))
    labels = ids.clone()
    for row, places in MASKED:
        labels[row, places] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, **SETTINGS)
    losses, norms = [], []
    for _ in range(10):
        optimizer.zero_grad()
        loss = model(ids, labels=labels).loss
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        losses.append(rounded(loss.item()))
        norms.append(rounded(norm.item()))
    write(
        __file__,
        {
            "model": "grouped",
            "settings": {**SETTINGS, "rate": RATE, "clip": CLIP},
            "ids": ids.tolist(),
            "labels": labels.tolist(),
            "losses": losses,
            "norms": norms,
            "weights": {
                "model.norm.weight": stored(model.model.norm.weight),
            },
        },
    )


if __name__ == "__main__":
    main()
