"""Writes llama.json: two tiny random LLaMAs, with the logits, loss and gradients that transformers gives.

Run: pip install torch==2.13.0 transformers==5.23.0 && python test/golden/llama.py
"""

import json

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tiny_llama import rounded, stored, write

MODELS = {
    "grouped": dict(
        vocab_size=11,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        tie_word_embeddings=True,
    ),
    "wide": dict(  # heads are wider together than the model
        vocab_size=13,
        hidden_size=12,
        intermediate_size=20,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=10,
        rms_norm_eps=1e-3,
        rope_parameters={"rope_type": "default", "rope_theta": 500.0},
        tie_word_embeddings=False,
    ),
}


def golden(seed, settings):
    torch.manual_seed(seed)
    config = LlamaConfig(
        **settings,
        max_position_embeddings=64,
        initializer_range=0.3,
        attn_implementation="eager",
    )
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:  # gains of norms, which are all 1 at first
                parameter.uniform_(0.5, 1.5)
    ids = torch.randint(0, config.vocab_size, (2, 7))
    out = model(ids, labels=ids)
    out.loss.backward()
    return {
        "config": json.loads(config.to_json_string()),
        "weights": {name: stored(p) for name, p in model.named_parameters()},
        "ids": ids.tolist(),
        "logits": stored(out.logits),
        "loss": rounded(out.loss.item()),
        "gradients": {name: stored(p.grad) for name, p in model.named_parameters()},
    }


def main():
    models = {name: golden(i, each) for i, (name, each) in enumerate(MODELS.items())}
    write(__file__, {"models": models})


if __name__ == "__main__":
    main()
