import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectPath } from "../lib/core/paths.ts";

const FOLDER = Deno.env.get("CRIA_REFERENCE") ||
  projectPath("..", "shared", "reference");

/**
 * Says where real artefacts lie that the tests compare with, and which the project does not carry.
 *
 * @param parts A path below the folder that `CRIA_REFERENCE` names.
 * @returns The path, whether a test that needs it is to be ignored, which is told once, and what to add to the
 * name of such a test.
 */
export function reference(
  ...parts: string[]
): { path: string; ignore: boolean; note: string } {
  const path = join(FOLDER, ...parts);
  const ignore = !existsSync(path);
  if (ignore) {
    // deno-lint-ignore no-console -- a skipped test has to say why
    console.info(
      `Tests against ${path} are ignored, as it is not there; CRIA_REFERENCE names the folder.`,
    );
  }
  return { path, ignore, note: ignore ? " (ignored: not there)" : "" };
}
