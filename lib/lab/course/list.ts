import { join } from "node:path";

/** A notebook of the course. */
export interface Chapter {
  /** Its file's name without the extension, such as `"03_filter"`. */
  readonly name: string;
  /** Its file. */
  readonly path: string;
}

/**
 * Lists the notebooks of a course, in the order of their numbers.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * for (const name of ["01_b", "00_a", "notes"]) await Deno.writeTextFile(`${folder}/${name}.ipynb`, "");
 * deepEqual((await listChapters(folder)).map(({ name }) => name), ["00_a", "01_b"]);
 * deepEqual((await listChapters(folder, ["1"])).map(({ name }) => name), ["01_b"]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param folder The folder with the notebooks; those whose names begin with two digits count.
 * @param only Numbers or names to choose; all if it is empty.
 * @returns The notebooks.
 * @throws {RangeError} If there is no notebook of a number or name in `only`, or none at all.
 */
export async function listChapters(
  folder: string,
  only: readonly string[] = [],
): Promise<Chapter[]> {
  const chapters: Chapter[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!/^\d\d_.*\.ipynb$/.test(name)) continue;
    chapters.push({
      name: name.slice(0, -".ipynb".length),
      path: join(folder, name),
    });
  }
  chapters.sort((a, b) => a.name < b.name ? -1 : 1);
  if (chapters.length === 0) {
    throw new RangeError(
      `Cannot list notebooks as ${folder} must hold some whose names begin with two digits: current value is none`,
    );
  }
  const wanted = new Set(only.map((key) => choose(chapters, key)));
  return wanted.size === 0
    ? chapters
    : chapters.filter((chapter) => wanted.has(chapter));
}

function choose(chapters: readonly Chapter[], key: string): Chapter {
  const number = `${key.padStart(2, "0")}_`;
  const chapter = chapters.find(({ name }) =>
    name === key || name.startsWith(number)
  );
  if (chapter !== undefined) return chapter;
  const names = chapters.map(({ name }) => name).join(", ");
  throw new RangeError(
    `Cannot choose notebook as it must be one of ${names}: current value is ${key}`,
  );
}
