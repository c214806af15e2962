import { deepEqual } from "node:assert/strict";
import { decode } from "../../lib/generate/decode.ts";
import { tinyModel } from "../tiny.ts";
import { NATIVE } from "../engine/native.ts";

Deno.test({
  name:
    "decode() of a single sequence writes the same before and after XLA compiles its pass",
  ignore: !NATIVE,
  async fn() {
    const model = tinyModel({
      "vocab_size": 40,
      "max_position_embeddings": 300,
    });
    const write = async () => {
      const ids: number[] = [];
      const events = decode(model, [[1, 5, 9]], {
        endIds: [],
        maxNewTokens: 270, // past the cache's first 256 slots, too
      });
      for await (const event of events) {
        if (event.kind === "token") ids.push(event.id);
      }
      return ids;
    };
    const first = await write(); // the pass is compiled in its midst
    deepEqual(first.length, 270);
    deepEqual(await write(), first);
    model.dispose();
  },
});
