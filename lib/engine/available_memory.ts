import { dirname, join } from "node:path";

/** Options for {@linkcode availableMemory} and {@linkcode totalMemory}. */
export interface MemoryOptions {
  /**
   * The folder that holds `proc` and `sys`; another than the system's own in tests.
   *
   * @default {"/"}
   */
  root?: string;
}

/**
 * Measures how much memory this process can still have before the system ends it.
 *
 * It is what the system says is available, or what is left of the tightest control group that the
 * process is in: a container's limit does not show in the system's own number. Memory that only
 * caches files counts as free. Swap is left out, since a step that swaps is as good as stuck.
 *
 * @see {@link https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files | Control groups, version 2}
 * @see {@link https://docs.kernel.org/admin-guide/cgroup-v1/memory.html | Control groups, version 1}
 *
 * @example Usage
 * ```ts
 * import { ok } from "node:assert/strict";
 *
 * ok(availableMemory() > 0);
 * ```
 *
 * @param options Where to read, in tests.
 * @returns Bytes of main memory.
 */
export function availableMemory(options: MemoryOptions = {}): number {
  const { root = "/" } = options;
  const system = meminfo(root, "MemAvailable") ??
    Deno.systemMemoryInfo().available;
  const left = controlGroups(root).map(({ limit, used }) => limit - used);
  return Math.max(0, Math.min(system, ...left));
}

/**
 * Measures how much memory this process could have if it were alone.
 *
 * @example Usage
 * ```ts
 * import { ok } from "node:assert/strict";
 *
 * ok(totalMemory() >= availableMemory());
 * ```
 *
 * @param options Where to read, in tests.
 * @returns Bytes of main memory: the machine's, or the tightest limit of a container.
 */
export function totalMemory(options: MemoryOptions = {}): number {
  const { root = "/" } = options;
  const system = meminfo(root, "MemTotal") ?? Deno.systemMemoryInfo().total;
  return Math.min(system, ...controlGroups(root).map(({ limit }) => limit));
}

/** A number of Linux's `/proc/meminfo`, in bytes. */
function meminfo(root: string, name: string): number | undefined {
  const text = readText(join(root, "proc", "meminfo"));
  const kibibytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)?.[1];
  return kibibytes === undefined ? undefined : 1024 * Number(kibibytes);
}

/** How the two versions of control groups name their files. */
const VERSIONS = {
  1: {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    cache: "total_inactive_file",
  },
  2: { limit: "memory.max", used: "memory.current", cache: "inactive_file" },
} as const;

/** The limits that hold for this process: its own group's, and those of all groups around it. */
function controlGroups(root: string): { limit: number; used: number }[] {
  return readText(join(root, "proc", "self", "cgroup"))
    .split("\n")
    .flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
      if (path === undefined) return [];
      const mount = join(root, "sys", "fs", "cgroup");
      if (controllers === "") return groupsAbove(mount, path, 2);
      return controllers!.split(",").includes("memory")
        ? groupsAbove(join(mount, "memory"), path, 1)
        : [];
    });
}

/**
 * Limits from a group up to the mount. In a container the path may be the host's, of which nothing
 * is there but the mount itself: then that is the container's own group.
 */
function groupsAbove(mount: string, path: string, version: 1 | 2) {
  const names = VERSIONS[version];
  const found: { limit: number; used: number }[] = [];
  for (let at = join("/", path);; at = dirname(at)) {
    const folder = join(mount, at);
    const limit = readNumber(join(folder, names.limit));
    const used = readNumber(join(folder, names.used));
    if (limit !== undefined && used !== undefined) {
      const stat = readText(join(folder, "memory.stat"));
      const cache = new RegExp(`^${names.cache} (\\d+)$`, "m").exec(stat)?.[1];
      found.push({ limit, used: used - Number(cache ?? 0) });
    }
    if (at === "/") return found;
  }
}

/** The number in a file; nothing if there is none, as for `max`, which is no limit. */
function readNumber(path: string): number | undefined {
  const text = readText(path).trim();
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A small file's text; nothing if it cannot be read. */
function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
