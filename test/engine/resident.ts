import { projectPath } from "../../lib/core/paths.ts";
import { NATIVE } from "./native.ts";

/** Whether memory can be measured here: TensorFlow's own, as Linux tells it. */
export const MEASURED: boolean = NATIVE && Deno.build.os === "linux" &&
  forgetPeak();

/**
 * What this process has in memory (`"VmRSS"`), or has had at most (`"VmHWM"`), in megabytes.
 *
 * @see {@link https://man7.org/linux/man-pages/man5/proc_pid_status.5.html | proc_pid_status(5)}
 */
export function resident(what: "VmRSS" | "VmHWM"): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  const [, size] = new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(status)!;
  return Number(size) * 1024 / 1e6;
}

/**
 * Makes `"VmHWM"` what `"VmRSS"` is now, and tells whether that can be done here.
 *
 * @see {@link https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html | proc_pid_clear_refs(5)}
 */
export function forgetPeak(): boolean {
  try {
    Deno.writeTextFileSync("/proc/self/clear_refs", "5");
    return true;
  } catch {
    return false;
  }
}

/**
 * What a case of `peak_case.ts` takes beyond what it has been given, at most, in megabytes. It runs in
 * a process of its own, since memory that was freed before would be used again.
 */
export async function peakOf(
  name: string,
  { jit = false } = {},
): Promise<number> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      projectPath("test", "engine", "peak_case.ts"),
      name,
      ...jit ? ["jit"] : [],
    ],
    cwd: projectPath(),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (code !== 0) throw new Error(text(stderr));
  return JSON.parse(text(stdout));
}
