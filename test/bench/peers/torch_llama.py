"""LLaMA in PyTorch, as fast as PyTorch gets it: the peer that the benchmarks compare with.

Modules carry Hugging Face's names, without the leading "model.". A configuration is config.json's.
"""

import torch
import torch.nn.functional as F
from torch import nn


class Llama(nn.Module):
    def __init__(self, config, width, compute, attention):
        """`width` is the number of tokens in a row, `compute` the dtype of matrix products, `attention` a function."""
        super().__init__()
        vocabulary, size = config["vocab_size"], config["hidden_size"]
        self.embed_tokens = nn.Embedding(vocabulary, size)
        self.layers = nn.ModuleList(
            Block(config, attention) for _ in range(config["num_hidden_layers"])
        )
        self.norm = nn.RMSNorm(size, config["rms_norm_eps"])
        self.lm_head = linear(size, vocabulary)
        if config["tie_word_embeddings"]:
            self.lm_head.weight = self.embed_tokens.weight
        cos, sin = rotation(config, width)
        self.register_buffer("cos", cos.to(compute), persistent=False)
        self.register_buffer("sin", sin.to(compute), persistent=False)
        self.register_buffer("mask", causal(width), persistent=False)
        for weight in self.parameters():
            if weight.ndim > 1:
                nn.init.normal_(weight, std=0.02)

    def forward(self, ids):
        """Mean surprise at every token but the first of its row, in nats."""
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, (self.cos, self.sin), self.mask)
        logits = self.lm_head(self.norm(x[:, :-1]).flatten(0, 1))
        return F.cross_entropy(logits, ids[:, 1:].flatten())


class Block(nn.Module):
    def __init__(self, config, attention):
        super().__init__()
        size, epsilon = config["hidden_size"], config["rms_norm_eps"]
        self.input_layernorm = nn.RMSNorm(size, epsilon)
        self.self_attn = Attention(config, attention)
        self.post_attention_layernorm = nn.RMSNorm(size, epsilon)
        self.mlp = Mlp(size, config["intermediate_size"])

    def forward(self, x, turn, mask):
        x = x + self.self_attn(self.input_layernorm(x), turn, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Attention(nn.Module):
    def __init__(self, config, attention):
        super().__init__()
        size, self.head = config["hidden_size"], config["head_dim"]
        queries = config["num_attention_heads"] * self.head
        keys = config["num_key_value_heads"] * self.head
        self.q_proj = linear(size, queries)
        self.k_proj = linear(size, keys)
        self.v_proj = linear(size, keys)
        self.o_proj = linear(queries, size)
        self.attention = attention

    def forward(self, x, turn, mask):
        q, k, v = (self.heads(each(x)) for each in (self.q_proj, self.k_proj, self.v_proj))
        mixed = self.attention(rotate(q, *turn), rotate(k, *turn), v, mask)
        return self.o_proj(mixed.transpose(1, 2).flatten(2))

    def heads(self, x):
        return x.unflatten(-1, (-1, self.head)).transpose(1, 2)  # [B, N, T, H]


class Mlp(nn.Module):
    def __init__(self, size, hidden):
        super().__init__()
        self.gate_proj = linear(size, hidden)
        self.up_proj = linear(size, hidden)
        self.down_proj = linear(hidden, size)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


def fused_attention(q, k, v, _mask):
    """PyTorch's own kernel, which never holds all the scores, and knows what is causal without a mask."""
    grouped = q.shape[1] != k.shape[1]
    return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)


def plain_attention(q, k, v, mask):
    """Two matrix products and a softmax, which holds all the scores; compiled for a CPU it can be the faster one."""
    queries = q.unflatten(1, (k.shape[1], -1))  # [B, K, N / K, T, H]
    scores = queries @ k.unsqueeze(2).transpose(-1, -2) * q.shape[-1] ** -0.5
    shares = (scores.float() + mask).softmax(-1)
    return (shares.to(v.dtype) @ v.unsqueeze(2)).flatten(1, 2)


def rotate(x, cos, sin):
    near, far = x.chunk(2, -1)
    return torch.cat([near * cos - far * sin, far * cos + near * sin], -1)


def rotation(config, width):
    """Cosine and sine of the angle of every feature at every position."""
    half = config["head_dim"] // 2
    speeds = config["rope_theta"] ** (-torch.arange(half) / half)
    angles = torch.arange(width)[:, None] * speeds
    return angles.cos(), angles.sin()


def causal(width):
    """A table: with a mask that the compiled function computes itself, a step takes a tenth longer."""
    return torch.full((width, width), float("-inf")).triu(1)


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)
