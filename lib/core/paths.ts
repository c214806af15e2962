import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder that holds `deno.json`, with a slash at its end.
 *
 * Notebook cells have no `import.meta` and run in the notebook's folder, so every path of the
 * project starts here.
 */
export const PROJECT_ROOT: URL = new URL("../../", import.meta.url);

/**
 * Names a file or folder of the project.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * match(projectPath("data", "seed_tasks.csv"), /data.seed_tasks\.csv$/);
 * ```
 *
 * @param parts The path below the project's folder, in parts.
 * @returns An absolute path in the form of this operating system.
 */
export function projectPath(...parts: string[]): string {
  return join(fileURLToPath(PROJECT_ROOT), ...parts);
}
