import { parseCsv } from "./csv.ts";

/** One row of a table, its fields by the names of their columns. */
export interface TableRow<Column extends string> {
  /** File and line, for errors: `"seeds.csv:12"`. */
  place: string;
  /** The fields. */
  fields: Record<Column, string>;
}

/**
 * Reads comma-separated values under a header that must name certain columns, in any order.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const rows = tableRows("text,name\ncluck,hen\n", { columns: ["name", "text"], file: "farm.csv" });
 * deepEqual([...rows], [{ place: "farm.csv:2", fields: { name: "hen", text: "cluck" } }]);
 * ```
 *
 * @typeParam Column Names of the columns.
 * @param text The content of the file.
 * @param options The columns, all of which must be there and no others; and the name of the file,
 * for errors.
 * @returns The rows below the header.
 * @throws {SyntaxError} If the header or a row is malformed.
 */
export function* tableRows<Column extends string>(
  text: string,
  { columns, file }: { columns: readonly Column[]; file: string },
): Generator<TableRow<Column>> {
  const [header, ...rows] = parseCsv(text, file);
  const names = checkHeader(header?.fields ?? [], columns, file);
  for (const { line, fields } of rows) {
    const place = `${file}:${line}`;
    if (fields.length !== names.length) {
      throw new SyntaxError(
        `Cannot read ${place} as every row must have ${names.length} fields: current number is ${fields.length}`,
      );
    }
    const entries = names.map((name, i) => [name, fields[i]!]);
    yield { place, fields: Object.fromEntries(entries) };
  }
}

/** Refuses a header with columns missing, twice or too many. */
function checkHeader(
  header: readonly string[],
  columns: readonly string[],
  file: string,
): string[] {
  const names = header.map((name) => name.trim());
  const law = `the columns must be ${columns.join(", ")}`;
  const refuse = (problem: string) =>
    new SyntaxError(`Cannot read ${file}:1 as ${law}: ${problem}`);
  for (const column of columns) {
    if (!names.includes(column)) throw refuse(`current header lacks ${column}`);
  }
  for (const [i, name] of names.entries()) {
    if (!columns.includes(name)) {
      throw refuse(
        `current header has another column, ${JSON.stringify(name)}`,
      );
    }
    if (names.indexOf(name) !== i) {
      throw refuse(`current header has ${name} twice`);
    }
  }
  return names;
}
