import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { guardWebgpu } from "../../lib/engine/webgpu_guard.ts";

type Tensors = Parameters<typeof guardWebgpu>[0]["tensorMap"];
type Entry = ReturnType<Tensors["get"]>;

/** A backend that writes down what it is asked for, on a device whose buffers take 400 bytes. */
function fakeBackend(entry: Entry, { lost = "" } = {}) {
  const calls: string[] = [];
  const limits = { maxBufferSize: 1000, maxStorageBufferBindingSize: 400 };
  const backend = {
    device: { limits },
    tensorMap: { get: () => entry },
    uploadToGPU: () => void calls.push("upload"),
    disposeData: () => calls.push("dispose") > 0,
    runWebGPUProgram() {
      calls.push("run");
      return { dataId: {}, shape: [], dtype: "float32" as const };
    },
    readSync() {
      calls.push("readSync");
      return new Float32Array(1);
    },
    read() {
      calls.push("read");
      return lost === ""
        ? Promise.resolve(new Float32Array(1))
        : Promise.reject(new Error(lost));
    },
  };
  return { backend, calls };
}

/** Errors of a device, which `fail()` brings about. */
function fakeErrors() {
  let first: Error | undefined;
  let next: Error | undefined;
  return {
    fail: () => first = new Error("the device's"),
    failLater: () => next = new Error("the device's"),
    check() {
      if (first !== undefined) throw first;
    },
    settle() {
      first ??= next;
      return Promise.resolve();
    },
  };
}

const FLOATS = { dtype: "float32" as const };

Deno.test("a tensor goes to the device if a buffer holds it", () => {
  for (const dtype of ["float32", "int32", "bool"] as const) {
    const { backend, calls } = fakeBackend({ shape: [10, 10], dtype });
    guardWebgpu(backend, fakeErrors());
    backend.uploadToGPU();
    deepEqual(calls, ["upload"]);
  }
});

Deno.test("a result that no buffer holds is refused before it is computed, and forgotten", () => {
  const { backend, calls } = fakeBackend({ shape: [101], dtype: "bool" });
  guardWebgpu(backend, fakeErrors());
  throws(() => backend.uploadToGPU(), {
    name: "RangeError",
    message:
      /^Cannot make a tensor of shape \[101\] as one buffer of the device must hold it: asked for are 404 bytes, the device allows 400 bytes\./,
  });
  deepEqual(calls, ["dispose"]);
});

Deno.test("a tensor in main memory that no buffer holds is refused, and stays", () => {
  const values = new Float32Array(101);
  const { backend, calls } = fakeBackend({ shape: [101], ...FLOATS, values });
  guardWebgpu(backend, fakeErrors());
  throws(() => backend.uploadToGPU(), RangeError);
  deepEqual(calls, []);
});

Deno.test("nothing is run or read after an error of the device", async () => {
  const { backend, calls } = fakeBackend({ shape: [1], ...FLOATS });
  const errors = fakeErrors();
  guardWebgpu(backend, errors);
  backend.runWebGPUProgram();
  await backend.read();
  errors.fail();
  throws(() => backend.runWebGPUProgram(), /the device's/);
  await rejects(backend.read(), /the device's/);
  deepEqual(calls, ["run", "read"]);
});

Deno.test("a read rejects if the device has an error while it lasts", async () => {
  const { backend } = fakeBackend({ shape: [1], ...FLOATS });
  const errors = fakeErrors();
  guardWebgpu(backend, errors);
  const values = backend.read();
  errors.fail();
  await rejects(values, /the device's/);
});

Deno.test("a read that fails tells the device's error, if there is one, or else its own", async () => {
  const lost = "Buffer is invalid";
  const { backend } = fakeBackend({ shape: [1], ...FLOATS }, { lost });
  const errors = fakeErrors();
  guardWebgpu(backend, errors);
  await rejects(backend.read(), /^Error: Buffer is invalid$/);
  errors.failLater();
  await rejects(backend.read(), /the device's/);
});

Deno.test("a tensor on the device is not read at once, and one in main memory is", () => {
  const far = fakeBackend({ shape: [1], ...FLOATS, resource: {} });
  guardWebgpu(far.backend, fakeErrors());
  throws(() => far.backend.readSync(), {
    name: "TypeError",
    message:
      "Cannot read a tensor at once on WebGPU as its values are on the device: use await x.data() or await x.array()",
  });
  const values = new Float32Array(1);
  const near = fakeBackend({ shape: [1], ...FLOATS, values });
  guardWebgpu(near.backend, fakeErrors());
  equal(near.backend.readSync().length, 1);
  deepEqual([far.calls, near.calls], [[], ["readSync"]]);
});
