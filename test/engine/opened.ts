import { projectPath } from "../../lib/core/paths.ts";

/** Opens the engine, adds, and tells where the sum is and where a compiled function leaves it. */
const PROGRAM = `
import { openEngine } from "cria/engine/engine.ts";
import { compile } from "cria/engine/compile.ts";
import * as tf from "@tensorflow/tfjs";
try {
  const report = await openEngine();
  const total = tf.add(1, 2);
  const doubled = compile((x) => tf.mul(x, 2))(tf.tensor1d([1, 2]));
  const places = report.library === null ? [] : await placesOf([total, doubled], report.library);
  const sum = total.arraySync();
  const twice = doubled.arraySync();
  console.log(JSON.stringify({ ...report, sum, twice, places, backend: tf.getBackend() }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}

/** The full name of the device that holds each tensor. */
function placesOf(tensors, library) {
  const { symbols } = Deno.dlopen(library, {
    TFE_TensorHandleBackingDeviceName: { parameters: ["pointer", "pointer"], result: "pointer" },
    TF_NewStatus: { parameters: [], result: "pointer" },
  });
  const backend = tf.backend();
  return backend.getInputTensorIds(tensors).map((id) => {
    const name = symbols.TFE_TensorHandleBackingDeviceName(backend.binding.handle(id), symbols.TF_NewStatus());
    return Deno.UnsafePointerView.getCString(name);
  });
}
`;

/** Opens the engine in a process of its own, with an environment of its own. */
export async function opened(env: Record<string, string>) {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", "--no-check", PROGRAM],
    cwd: projectPath(),
    env: { CRIA_ENGINE: "", CRIA_DEVICE: "", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { ...JSON.parse(text(stdout)), stderr: text(stderr) };
}
