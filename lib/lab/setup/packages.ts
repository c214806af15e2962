import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeAtomic } from "../../io/atomic.ts";
import { exists } from "./exists.ts";
import { lackOfSpace } from "./free_space.ts";
import type { Layout } from "./layout.ts";
import { PACKAGES_FREE_GB, packagesPin, REQUIREMENTS } from "./pins.ts";
import { pip } from "./pip.ts";
import { explainFailure } from "./problem.ts";
import { addToStamp, readStamp } from "./stamp.ts";

/** JupyterLab neither asks about news nor looks for updates: both would need the network. */
const SETTINGS = {
  "@jupyterlab/apputils-extension:notification": {
    checkForUpdates: false,
    fetchNews: "false",
  },
};

/**
 * Says whether the pinned Python packages are installed.
 *
 * @example Usage
 * ```ts
 * import { layout } from "cria/lab/setup/layout.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(await arePackagesComplete(layout("/no/such/folder")), false);
 * ```
 *
 * @param place Where they should be.
 * @returns Whether nothing is left to do.
 */
export async function arePackagesComplete(place: Layout): Promise<boolean> {
  const { packages } = await readStamp(place.stamp);
  return packages === await packagesPin() && await exists(place.python) &&
    await exists(join(place.jupyter, "lab", "static")) &&
    await exists(settingsPath(place));
}

/**
 * Installs JupyterLab, the runner of notebooks and the renderer of Plotly's figures.
 *
 * @example Usage
 * ```ts ignore
 * const problem = await installPackages(layout());
 * ```
 *
 * @param place Where they go.
 * @returns The problem, if there is one.
 */
export async function installPackages(
  place: Layout,
): Promise<string | undefined> {
  const need = { what: "JupyterLab", gigabytes: PACKAGES_FREE_GB };
  const problem = await lackOfSpace(place.venv, need);
  if (problem !== undefined) return problem;
  const file = fileURLToPath(REQUIREMENTS);
  const outcome = await pip(
    place,
    ["install", "--no-deps", "--no-compile", "--requirement", file],
  );
  if (outcome.code !== 0) return explainFailure("install JupyterLab", outcome);
  await writeAtomic(
    settingsPath(place),
    JSON.stringify(SETTINGS, null, 2) + "\n",
  );
  await addToStamp(place.stamp, { packages: await packagesPin() });
  return undefined;
}

function settingsPath({ jupyter }: Layout): string {
  return join(jupyter, "lab", "settings", "overrides.json");
}
