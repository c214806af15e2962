"""Writes training.json: twenty whole training steps of torch, and the gradients of the first.

Matrices decay and norms do not; every weight's gradient is kept
as it was before clipping. Clipping shortens it in the first steps and leaves it alone in the last. In float64 the
losses are the same to 3e-7 of their size.

The model is "grouped" of llama.json, with grouped heads and a tied output layer; run llama.py first. `labels` are
those that transformers takes: the label of a place is its own token, -100 where it does not count, and
transformers compares it with the prediction one place before.

Run: pip install torch==2.13.0 transformers==5.23.0 && python test/golden/training.py
"""

import torch

from tiny_llama import rounded, stored, tiny_model, write

STEPS = 20
RATE = 3e-3
CLIP = 1.0
DECAY = 0.1
SETTINGS = {"betas": (0.9, 0.95), "eps": 1e-8}


def main():
    torch.manual_seed(3)
    model = tiny_model("grouped")
    ids = torch.randint(0, model.config.vocab_size, (3, 16))
    labels = ids.clone()
    labels[0, :3] = -100
    optimizer = torch.optim.AdamW(groups(model), lr=RATE, **SETTINGS)
    losses, norms, gradients = [], [], {}
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = model(ids, labels=labels).loss
        loss.backward()
        if step == 0:
            gradients = {name: stored(p.grad) for name, p in model.named_parameters()}
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        losses.append(rounded(loss.item()))
        norms.append(rounded(norm.item()))
    write(
        __file__,
        {
            "model": "grouped",
            "settings": {**SETTINGS, "weight_decay": DECAY, "rate": RATE, "clip": CLIP},
            "ids": ids.tolist(),
            "labels": labels.tolist(),
            "losses": losses,
            "norms": norms,
            "gradients": gradients,
            "weights": {name: stored(p) for name, p in model.named_parameters()},
        },
    )


def groups(model):
    """Matrices decay, norms do not."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    return [
        {"params": matrices, "weight_decay": DECAY},
        {"params": vectors, "weight_decay": 0.0},
    ]


if __name__ == "__main__":
    main()
