import * as tf from "@tensorflow/tfjs";
import { equal, match, ok, throws } from "node:assert/strict";
import { dirname, join } from "node:path";
import type { Device } from "../../lib/engine/devices.ts";
import {
  availableMemory,
  totalMemory,
} from "../../lib/engine/available_memory.ts";
import {
  checkBudget,
  heldBytes,
  heldHandles,
  outOfMemory,
} from "../../lib/engine/memory.ts";
import { check, openLibrary } from "../../lib/engine/library.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { NATIVE } from "./native.ts";

const GIB = 2 ** 30;
const MEMINFO = `MemTotal:       ${32 * 2 ** 20} kB
MemFree:         1048576 kB
MemAvailable:   ${16 * 2 ** 20} kB
`;

/** Measures with the files of another machine in place of this one's. */
async function measured(files: Record<string, string | number>) {
  await using folder = await temporaryFolder();
  const all = { "proc/meminfo": MEMINFO, ...files };
  for (const [path, content] of Object.entries(all)) {
    const file = join(folder.path, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, `${content}\n`);
  }
  const root = folder.path;
  return [availableMemory({ root }) / GIB, totalMemory({ root }) / GIB];
}

Deno.test("availableMemory() is what Linux calls available, where no group limits it", async () => {
  equal(String(await measured({})), "16,32");
  equal(
    String(
      await measured({
        "proc/self/cgroup": "0::/user",
        "sys/fs/cgroup/user/memory.max": "max",
        "sys/fs/cgroup/user/memory.current": 5 * GIB,
      }),
    ),
    "16,32",
  );
});

Deno.test("availableMemory() is what the group leaves, with cached files counted as free", async () => {
  const v2 = {
    "proc/self/cgroup": "0::/job",
    "sys/fs/cgroup/job/memory.max": 8 * GIB,
    "sys/fs/cgroup/job/memory.current": 5 * GIB,
  };
  equal(String(await measured(v2)), "3,8");
  equal(
    String(
      await measured({
        ...v2,
        "sys/fs/cgroup/job/memory.stat":
          `anon 7\ninactive_file ${GIB}\nactive_file 9`,
      }),
    ),
    "4,8",
  );
  const v1 = {
    "proc/self/cgroup": "5:cpu:/\n4:memory,hugetlb:/job\n0::/",
    "sys/fs/cgroup/memory/job/memory.limit_in_bytes": 8 * GIB,
    "sys/fs/cgroup/memory/job/memory.usage_in_bytes": 5 * GIB,
    "sys/fs/cgroup/memory/job/memory.stat":
      `inactive_file 1\ntotal_inactive_file ${2 * GIB}`,
  };
  equal(String(await measured(v1)), "5,8");
  equal(
    String(
      await measured({
        ...v1,
        "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "9223372036854771712",
      }),
    ),
    "16,32",
  );
});

Deno.test("availableMemory() obeys the tightest of all groups around the process", async () => {
  const files = {
    "proc/self/cgroup": "0::/outer/inner",
    "sys/fs/cgroup/outer/memory.max": 4 * GIB,
    "sys/fs/cgroup/outer/memory.current": 3 * GIB,
    "sys/fs/cgroup/outer/inner/memory.max": 6 * GIB,
    "sys/fs/cgroup/outer/inner/memory.current": 2 * GIB,
  };
  equal(String(await measured(files)), "1,4");
  equal(
    String(
      await measured({
        ...files,
        "sys/fs/cgroup/outer/memory.current": 5 * GIB,
      }),
    ),
    "0,4",
  );
});

Deno.test("availableMemory() finds a container's limit where its path is the host's", async () => {
  equal(
    String(
      await measured({
        "proc/self/cgroup": "0::/kubepods/pod1/abc",
        "sys/fs/cgroup/memory.max": 2 * GIB,
        "sys/fs/cgroup/memory.current": GIB,
      }),
    ),
    "1,2",
  );
});

Deno.test("checkBudget() refuses what cannot be had, with what is held and what to lower", () => {
  const kept = tf.zeros([1024]);
  checkBudget(0, "wait");
  checkBudget(2 ** 26, "make a tensor"); // looks, and finds enough
  throws(
    () => checkBudget(2 ** 50, "make a tensor of shape [1,2]"),
    (error) => {
      ok(error instanceof RangeError);
      match(
        error.message,
        /^Cannot make a tensor of shape \[1,2\] as memory must suffice: asked for are 1\.1 PB, held are [\d.]+ \w+ in \d+ tensors, [\d.]+ GB are free\. Lower the rows .*\(rows\).*\(width\).*gradient checkpointing.*LoRA/,
      );
      return true;
    },
  );
  kept.dispose();
});

Deno.test("heldBytes() and heldHandles() follow what tfjs holds", () => {
  const [bytes, handles] = [heldBytes(), heldHandles()];
  const kept = tf.tidy(() => tf.add(tf.ones([100]), 1));
  equal(heldBytes() - bytes, 400);
  equal(heldHandles() - handles, 1);
  kept.dispose();
  equal(heldBytes(), bytes);
  equal(heldHandles(), handles);
});

const GPU: Device = {
  id: "gpu:0",
  type: "GPU",
  name: "NVIDIA X",
  memory: 80e9,
};

Deno.test("outOfMemory() reads how much was asked from every form of the message", () => {
  const at = "on /job:localhost/replica:0/task:0/device:GPU:0 by allocator x";
  const cases: [string, RegExp][] = [
    [
      `OOM when allocating tensor with shape[4,256,32000] and type float ${at}`,
      /are 131\.1 MB for a tensor of shape \[4,256,32000\] and type float,/,
    ],
    [
      `OOM when allocating tensor with shape[4,256,32000] and type bfloat16 ${at}`,
      /are 65\.5 MB for /,
    ],
    [
      `OOM when allocating tensor with shape[] and type int64 ${at}`,
      /are 8 bytes for a tensor of shape \[\]/,
    ],
    [
      "Out of memory while trying to allocate 2500000000 bytes.",
      /are 2\.5 GB,/,
    ],
    ["Out of memory while trying to allocate 8.00GiB.", /are 8\.00GiB,/],
    [
      "no words known here\nat all",
      /more than there is \(no words known here\)/,
    ],
  ];
  for (const [message, expected] of cases) {
    const error = outOfMemory(message, { what: "run X", device: GPU });
    ok(error instanceof RangeError);
    match(
      error.message,
      /^Cannot run X as memory must suffice: asked for are /,
    );
    match(error.message, expected);
    match(error.message, /tensors, all of NVIDIA X is 80\.0 GB\. Lower /);
    equal(error.message.includes("\n"), false);
  }
});

/** A status with a code and a message, as an operation would leave it. */
function statusOf(code: number, message: string) {
  const library = openLibrary();
  const { symbols } = Deno.dlopen(library.path, {
    TF_SetStatus: { parameters: ["pointer", "i32", "buffer"], result: "void" },
  });
  const status = library.symbols.TF_NewStatus();
  const text = new TextEncoder().encode(`${message}\0`);
  symbols.TF_SetStatus(status, code, text);
  return { status, symbols: library.symbols };
}

Deno.test({
  name:
    "check() makes a RangeError of exhausted memory, and an Error with TensorFlow's message of the rest",
  ignore: !NATIVE,
  sanitizeResources: false, // a second handle of the library
  fn() {
    const memory = statusOf(
      8, // as TensorFlow 2.21 says it of tf.fill([2 ** 24, 2 ** 24], 1), after ten seconds of trying
      "OOM when allocating tensor with shape[16777216,16777216] and type float on /job:localhost/replica:0/task:0/device:CPU:0 by allocator mklcpu",
    );
    throws(() => check(memory.symbols, memory.status, "run Fill"), (error) => {
      ok(error instanceof RangeError);
      match(
        error.message,
        /^Cannot run Fill as memory must suffice: asked for are 1\.1 PB for a tensor of shape \[16777216,16777216\] and type float, held are /,
      );
      return true;
    });
    const wrong = statusOf(3, "Matrix size-incompatible");
    throws(() => check(wrong.symbols, wrong.status, "run MatMul"), {
      name: "Error",
      message: "Cannot run MatMul: Matrix size-incompatible",
    });
    const fine = statusOf(0, "");
    check(fine.symbols, fine.status, "do nothing");
  },
});
