"""Writes rouge_l.json: F-measures of ROUGE-L as Google's rouge_score computes them.

Run: pip install rouge-score==0.1.2 && python test/golden/rouge_l.py
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

from rouge_score import rouge_scorer

PAIRS = [
    ("", ""),
    ("", "a word"),
    ("?!", "..."),
    ("?!", "a word"),
    ("word", "word"),
    ("Word", "wORD"),
    ("the cat sat", "the cat sat"),
    ("the cat sat", "sat cat the"),
    ("the cat", "a dog"),
    ("a a a a", "a a"),
    ("a b a b a b", "b a b a b a"),
    ("don't stop", "dont stop"),
    ("don't stop", "don t stop"),
    ("it's the fox's den", "its the foxs den"),
    ("state-of-the-art model", "state of the art model"),
    ("snake_case words", "snake case words"),
    ("3.14 is pi", "3 14 is pi"),
    ("10,000 mice", "10000 mice"),
    ("in 2020 20 mice", "in 2020. 20. mice"),
    ("x86 and h2o", "X86 AND H2O"),
    ("café au lait", "cafe au lait"),
    ("naïve résumé", "na ve r sum"),
    ("Straße", "strasse"),
    ("Ærø is an island", "r is an island"),
    ("日本語のテキスト", "日本語のテキスト"),
    ("日本語 text", "text"),
    ("Привет world", "world"),
    ("İstanbul is big", "istanbul is big"),
    ("İI ı I", "i i i"),
    ("300 K and \u212a", "300 k and k"),
    ("ΑΣ sigma", "ας sigma"),
    ("ﬁne ligature", "fine ligature"),
    ("full ＷＩＤＴＨ width", "full width width"),
    ("x² + y²", "x + y"),
    ("emoji 😀 here", "emoji here"),
    ("family 👨‍👩‍👧 here", "here family"),
    ("tab\tand\nnew line", "tab and new line"),
    ("no\u00a0break space", "no break space"),
    ("zero\u200bwidth", "zero width"),
    ("nul\u0000inside", "nul inside"),
    ("a\u0301 combining", "a combining"),
    ("١٢٣ digits", "123 digits"),
    ("Write a story about a brave mouse.", "Write a story about a timid mouse."),
    ("Write a story about a brave mouse.", "Tell a story of a mouse who was brave."),
    ("Name three colors.", "Name three colors of the rainbow."),
    ("Who ate the cake?", "Who ate the cake in the story, and why?"),
    ("a b c d e f g", "a b c d e f g h i j k l m"),
    ("a b c d e f g x y z", "a b c d e f g u v w"),
    ("the <mask> token", "the mask token"),
    ("https://example.com/a-b", "https example com a b"),
]


def main():
    draw = random.Random(7)
    words = "the a of mouse cat story write tell name to and was big red 7 42 it's".split()

    def text(count, vocabulary=len(words)):
        return " ".join(draw.choice(words[:vocabulary]) for _ in range(count))

    pairs = list(PAIRS)
    for length in (5, 12, 20, 31, 32, 33, 40, 63, 64, 65, 96, 97, 130, 257, 600):
        pairs.append((text(length), text(draw.randint(1, 2 * length))))
        pairs.append((text(length, 3), text(length, 3)))
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    rows = [
        {"a": a, "b": b, "f": scorer.score(a, b)["rougeL"].fmeasure}
        for a, b in pairs
    ]
    golden = {"rouge_score": version("rouge-score"), "rows": rows}
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
