"""What the golden scripts of the model share: how numbers are stored, and a model read back from llama.json."""

import json
from pathlib import Path

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM

FOLDER = Path(__file__).parent


def stored(tensor):
    """Shape and elements, to nine significant digits, which give back the same float32."""
    data = [rounded(x) for x in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "data": data}


def rounded(x):
    return float(f"{x:.9g}")


def restored(entry):
    return torch.tensor(entry["data"]).reshape(entry["shape"])


def versions():
    return {"torch": torch.__version__, "transformers": transformers.__version__}


def tiny_model(name):
    """The model that llama.py wrote under `name`."""
    model = json.loads((FOLDER / "llama.json").read_text())["models"][name]
    config = LlamaConfig(**model["config"], attn_implementation="eager")
    llama = LlamaForCausalLM(config).eval()
    named = dict(llama.named_parameters())
    with torch.no_grad():
        for key, entry in model["weights"].items():
            named.pop(key).copy_(restored(entry))
    assert not named, named.keys()
    return llama


def write(script, value):
    """Writes the JSON file that lies beside a script and has its name."""
    path = Path(script).with_suffix(".json")
    path.write_text(json.dumps({**versions(), **value}, separators=(",", ":")) + "\n")
