import { projectPath } from "../core/paths.ts";

/**
 * The file at which set-up puts TensorFlow's C API, with `libtensorflow_framework.so.2` beside it.
 *
 * Around it is the wheel's own layout, `tensorflow/` beside `nvidia/`, because the library finds
 * CUDA by a run path that is relative to itself. It exists only after `deno task setup` on a machine
 * for which there is a wheel. The environment variable `LIBTENSORFLOW` names another library and
 * goes before it.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * match(LIBRARY_PATH, /\.venv.lib.cria.tensorflow.libtensorflow_cc\.so\.2$/);
 * ```
 */
export const LIBRARY_PATH: string = projectPath(
  ".venv",
  "lib",
  "cria",
  "tensorflow",
  "libtensorflow_cc.so.2",
);
