import { join } from "node:path";

/** A cell to write: code, or prose where it begins with `#`; with tags if it is a pair. */
export type CellText = string | [source: string, ...tags: string[]];

/**
 * Writes a notebook, formatted as `deno task strip` formats.
 *
 * @param folder Where it goes.
 * @param name Its name without the extension.
 * @param cells Its cells.
 * @returns Its path.
 */
export async function writeNotebook(
  folder: string,
  name: string,
  cells: readonly CellText[],
): Promise<string> {
  const path = join(folder, `${name}.ipynb`);
  const notebook = {
    cells: cells.map((cell, i) => {
      const [source, ...tags] = [cell].flat();
      const common = {
        id: `cell-${i}`,
        metadata: tags.length > 0 ? { tags } : {},
        source: source?.split(/(?<=\n)/) ?? [],
      };
      return source?.startsWith("#")
        ? { "cell_type": "markdown", ...common }
        : {
          "cell_type": "code",
          "execution_count": null,
          outputs: [],
          ...common,
        };
    }),
    metadata: {
      kernelspec: {
        "display_name": "Deno",
        language: "typescript",
        name: "deno",
      },
      "language_info": { name: "typescript" },
    },
    nbformat: 4,
    "nbformat_minor": 5,
  };
  await Deno.writeTextFile(path, JSON.stringify(notebook, null, 1) + "\n");
  return path;
}
