"""Writes self_test.json: the losses of the three steps of lib/engine/self_test.ts, in float64.

Run: pip install torch==2.13.0 transformers==5.23.0 && python test/golden/self_test.py
"""

import torch

from tiny_llama import rounded, write

B, T, D, N, F, V = 3, 10, 16, 4, 20, 23
RATE = 0.5
SHAPES = {
    "embedding": (V, D),
    "gain": (D,),
    "attention": (3 * D, D),
    "output": (D, D),
    "up": (F, D),
    "down": (F, D),
}


def start(shape, seed):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    values = 0.4 * torch.sin(1.7 * i + 0.3 * i * seed + seed)
    weight = (values + (len(shape) == 1)).float().double()  # as float32 holds it
    return weight.reshape(shape).requires_grad_()


def norm(x, gain):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * gain


def attend(rows):
    q, k, v = (part.reshape(B, T, N, D // N).transpose(1, 2) for part in rows.chunk(3, 1))
    mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    return mixed.transpose(1, 2).reshape(B * T, D)


def loss_of(weights):
    i = torch.arange(B * T)
    ids, labels = (5 * i + i * i) % V, (3 * i + 7) % V
    gain = weights["gain"]
    x = weights["embedding"][ids]
    x = x + attend(norm(x, gain) @ weights["attention"].T) @ weights["output"].T
    x = x + torch.nn.functional.silu(norm(x, gain) @ weights["up"].T) @ weights["down"]
    logits = norm(x, gain) @ weights["embedding"].T
    return torch.nn.functional.cross_entropy(logits, labels)


def main():
    weights = {name: start(shape, i) for i, (name, shape) in enumerate(SHAPES.items())}
    optimizer = torch.optim.SGD(weights.values(), lr=RATE)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = loss_of(weights)
        loss.backward()
        optimizer.step()
        losses.append(rounded(loss.item()))
    write(__file__, {"losses": losses})


if __name__ == "__main__":
    main()
