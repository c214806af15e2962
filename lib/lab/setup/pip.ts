import { type Outcome, run } from "./command.ts";
import { type Layout, pythonEnvironment } from "./layout.ts";

/**
 * Runs the virtual environment's pip, with its downloads on the disk whose space was checked.
 *
 * @example Usage
 * ```ts ignore
 * const { stdout } = await pip(layout(), ["--version"]);
 * ```
 *
 * @param place Where the virtual environment is.
 * @param args The arguments of pip.
 * @returns How it went; never throws.
 */
export async function pip(place: Layout, args: string[]): Promise<Outcome> {
  await Deno.mkdir(place.scratch, { recursive: true });
  return await run(
    place.python,
    ["-I", "-X", "utf8", "-m", "pip", ...args, "--retries=3", "--quiet"],
    { env: { ...pythonEnvironment(place), TMPDIR: place.scratch } },
  );
}
