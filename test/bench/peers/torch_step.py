"""Takes training steps in PyTorch when it is told to, so that a benchmark can take turns with it.

usage: python torch_step.py CONFIG [options], CONFIG being the content of a config.json

It writes one line of JSON when it is ready, then one for each line that it reads:
  step  → {"loss", "seconds"}: a whole training step, always on the same rows; the first one compiles
  peak  → bytes: {"runtime": before there was a model, "process": most ever, "steps": most since the first step,
          "device": most on the GPU, or null}
  quit  → the end, without a line
"""

import argparse
import ctypes
import json
import os
import re
import resource
import sys


def main():
    args = arguments()
    if args.malloc == "tuned":
        keep_memory()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed must not come between the answers
    trainer, torch, runtime = load(args)
    answer(
        answers,
        {
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "weights": trainer.weights(),
        },
    )
    earlier, steps = None, 0
    for line in sys.stdin:
        command = line.strip()
        if command == "step":
            answer(answers, trainer.step())
            steps += 1
            if steps == 1:
                earlier = most_resident()
                forget_most_resident()
        elif command == "peak":
            on_gpu = args.device == "cuda"
            answer(
                answers,
                {
                    "runtime": runtime,
                    "process": max(earlier or 0, most_resident()),
                    "steps": most_resident(),
                    "device": torch.cuda.max_memory_allocated() if on_gpu else None,
                },
            )
        elif command == "quit":
            return
        else:
            sys.exit(f'Cannot obey as a command must be step, peak or quit: current value is "{command}"')


def arguments():
    parser = argparse.ArgumentParser(description="Training steps in PyTorch, one for each line that is read.")
    parser.add_argument("config", help="the content of a config.json")
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--width", type=int, default=256, help="tokens in a row")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--run", choices=["eager", "compile"], default="compile")
    parser.add_argument("--mode", default="default", help="of torch.compile, such as max-autotune")
    parser.add_argument("--attention", choices=["fused", "plain"], default="fused")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--malloc", choices=["tuned", "plain"], default="tuned")
    parser.add_argument("--rate", type=float, default=1e-4, help="learning rate")
    return parser.parse_args()


def load(args):
    """Imports PyTorch only now, as malloc must be set before anything large is asked of it."""
    import torch

    runtime = resident("VmRSS")
    from torch_train import Trainer

    return Trainer(args), torch, runtime


def keep_memory():
    """Has malloc keep what is freed: getting large tensors anew from the kernel costs a tenth of a step and more."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "gnu_get_libc_version"):
        trim_threshold, mmap_max = -1, -4  # of glibc's malloc.h
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(mmap_max, 0)


def most_resident():
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def forget_most_resident():
    """Starts the count of most_resident() anew, where the system lets us."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def resident(key):
    """A count of /proc/self/status in bytes, or None."""
    try:
        with open("/proc/self/status") as file:
            return int(re.search(rf"{key}:\s*(\d+) kB", file.read())[1]) * 1024
    except OSError:
        return None


def answer(file, value):
    print(json.dumps(value), file=file, flush=True)


if __name__ == "__main__":
    main()
