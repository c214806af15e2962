import { openEngine } from "../../lib/engine/engine.ts";

/**
 * Whether TensorFlow's library works on this machine. Where it does not, tests of it are ignored,
 * and the others run on the best engine that there is.
 */
export const NATIVE: boolean = await openEngine({ engine: "tensorflow" }).then(
  () => true,
  async () => {
    await openEngine();
    return false;
  },
);
