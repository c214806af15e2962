"""A training step in PyTorch, the way that is fastest there: forward, backward, clipping and AdamW."""

import contextlib
import json
import time

import torch

import torch_llama

CLIP = 1.0
BETAS = (0.9, 0.95)
EPSILON = 1e-8
DECAY = 0.01


class Trainer:
    def __init__(self, args):
        torch.manual_seed(0)
        # On a GPU, float32 products in TensorFloat-32, which TensorFlow takes there too; on a CPU this changes nothing.
        torch.set_float32_matmul_precision("high" if args.device == "cuda" else "highest")
        config = json.loads(args.config)
        half = args.precision == "bfloat16"
        attention = {
            "fused": torch_llama.fused_attention,
            "plain": torch_llama.plain_attention,
        }[args.attention]
        with torch.device(args.device):
            compute = torch.bfloat16 if half else torch.float32
            self.model = torch_llama.Llama(config, args.width, compute, attention)
            self.ids = torch.randint(0, config["vocab_size"], (args.rows, args.width))
        self.optimizer = adamw(self.model, args.rate)
        self.loss = self.model
        if args.run == "compile":
            mode = None if args.mode == "default" else args.mode
            self.loss = torch.compile(self.model, fullgraph=True, mode=mode)
        self.cast = (
            torch.autocast(args.device, torch.bfloat16) if half else contextlib.nullcontext()
        )

    def step(self):
        """Takes one step; gives back its loss, and how long it took until that was known."""
        start = time.perf_counter()
        torch.compiler.cudagraph_mark_step_begin()
        with self.cast:
            loss = self.loss(self.ids)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return {"loss": loss.item(), "seconds": time.perf_counter() - start}

    def weights(self):
        return sum(weight.numel() for weight in self.model.parameters())


def adamw(model, rate):
    """AdamW in one kernel; norms, which are vectors, do not decay."""
    matrices = [weight for weight in model.parameters() if weight.ndim > 1]
    vectors = [weight for weight in model.parameters() if weight.ndim == 1]
    groups = [
        {"params": matrices, "weight_decay": DECAY},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=BETAS, eps=EPSILON, fused=True)
