import * as tf from "@tensorflow/tfjs";
import { equal } from "node:assert/strict";
import { openEngine } from "../../lib/engine/engine.ts";
import {
  assertInPlace,
  assertNothingLeft,
  SETTINGS,
} from "./adamw_in_place.ts";

await openEngine({ engine: "wasm" });

for (const [name, settings] of Object.entries(SETTINGS)) {
  Deno.test(`updateByAdamW() on WASM takes the ten steps of adamw() with ${name}`, () => {
    equal(tf.getBackend(), "wasm");
    assertInPlace(settings);
    assertInPlace(settings, { jit: false }); // the same there
  });
}

Deno.test("updateByAdamW() on WASM leaves what it was given, and no tensor behind", () => {
  assertNothingLeft();
});
