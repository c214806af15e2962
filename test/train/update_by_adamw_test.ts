import { nativeBackend } from "../../lib/engine/tensorflow_backend.ts";
import { NATIVE } from "../engine/native.ts";
import {
  assertInPlace,
  assertNothingLeft,
  SETTINGS,
} from "./adamw_in_place.ts";
import { equal } from "node:assert/strict";

for (const [name, settings] of Object.entries(SETTINGS)) {
  Deno.test(`updateByAdamW() takes the ten steps of adamw() with ${name}`, () => {
    assertInPlace(settings);
  });

  for (const jit of [false, true]) {
    Deno.test({
      name:
        `updateByAdamW() in a function with jit ${jit} takes the ten steps of adamw() with ${name}`,
      ignore: !NATIVE,
      fn: () => assertInPlace(settings, { jit }),
    });
  }
}

Deno.test("updateByAdamW() leaves what it was given, and no tensor behind", () => {
  assertNothingLeft();
});

Deno.test({
  name: "updateByAdamW() leaves no native handle behind",
  ignore: !NATIVE,
  fn() {
    assertNothingLeft();
    const held = () => nativeBackend()!.binding.getNumOfTensors();
    const before = held();
    assertNothingLeft();
    const once = held() - before; // the state and what the test itself made
    assertNothingLeft();
    equal(held() - before, 2 * once);
  },
});
