"""Writes chat_template.json: conversations as Jinja words them by the templates that Cria writes.

Run: pip install jinja2==3.1.6 && deno run -A test/golden/chat_template.ts | python test/golden/chat_template.py
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from jinja2.sandbox import ImmutableSandboxedEnvironment

CHATS = [
    [("user", "Name a color.")],
    [("system", "Be kind."), ("user", "Name a \"color\".\n")],
    [("user", "Name a color."), ("assistant", "Blue."), ("user", "Why?")],
    [
        ("system", "Be kind."),
        ("user", "Hello."),
        ("user", "Who are you?"),
        ("assistant", "A cria."),
        ("system", "Be short."),
        ("user", "And what is that?"),
        ("assistant", "A young alpaca."),
        ("user", "Thank you."),
    ],
]


def main():
    # As transformers sets it up.
    jinja = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    rows = []
    for name, source in json.load(sys.stdin).items():
        template = jinja.from_string(source)
        for chat in CHATS:
            messages = [{"role": role, "content": content} for role, content in chat]
            text = template.render(messages=messages, bos_token="<s>", eos_token="</s>", add_generation_prompt=True)
            rows.append({"template": name, "source": source, "messages": messages, "text": text})
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"jinja2": version("jinja2"), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
