"""Writes packed.json: two sequences run alone, and packed into one row that keeps them apart.

The model is "grouped" of llama.json; run llama.py first.

Run: pip install torch==2.13.0 transformers==5.23.0 && python test/golden/packed.py
"""

import torch

from tiny_llama import stored, tiny_model, write

SEQUENCES = [[3, 7, 1], [9, 0, 7, 4]]


@torch.no_grad()
def main():
    model = tiny_model("grouped")
    alone = [model(torch.tensor([ids])).logits[0] for ids in SEQUENCES]
    row = sum(SEQUENCES, [])
    owners = torch.tensor([i for i, ids in enumerate(SEQUENCES) for _ in ids])
    positions = [p for ids in SEQUENCES for p in range(len(ids))]
    may_look = (owners[:, None] == owners[None]).tril()
    mask = torch.zeros(may_look.shape).masked_fill(~may_look, torch.finfo().min)
    packed = model(
        torch.tensor([row]),
        position_ids=torch.tensor([positions]),
        attention_mask=mask[None, None],
        use_cache=False,
    ).logits[0]
    assert torch.allclose(packed, torch.cat(alone), atol=1e-5)
    write(
        __file__,
        {
            "model": "grouped",
            "sequences": SEQUENCES,
            "positions": positions,
            "owners": owners.tolist(),
            "alone": [stored(logits) for logits in alone],
            "packed": stored(packed),
        },
    )


if __name__ == "__main__":
    main()
