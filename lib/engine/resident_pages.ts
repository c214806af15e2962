const MADV_DONTNEED = 4;

/**
 * Gives back the memory that a library's file takes after its start.
 *
 * To start, libtensorflow reads through a quarter of a gigabyte of its file: names and tables of
 * thousands of operations that no model uses. The pages are copies of the file, which the system
 * brings back when they are touched; pages that were written to are left alone. Linux only;
 * elsewhere nothing happens.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/madvise.2.html | madvise(2), MADV_DONTNEED}
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(releasePages("no_such_library.so"), 0);
 * ```
 *
 * @param file Part of the library's path.
 * @returns How many mappings were given back.
 */
export function releasePages(file: string): number {
  const mappings = cleanMappings(file);
  if (mappings.length === 0) return 0;
  const libc = Deno.dlopen("libc.so.6", {
    madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  });
  for (const { start, end } of mappings) {
    const at = Deno.UnsafePointer.create(start);
    libc.symbols.madvise(at, end - start, MADV_DONTNEED);
  }
  libc.close();
  return mappings.length;
}

/** Mappings of a file, none of whose pages the process has written to. */
function cleanMappings(file: string): { start: bigint; end: bigint }[] {
  let listing: string;
  try {
    listing = Deno.readTextFileSync("/proc/self/smaps");
  } catch {
    return [];
  }
  return listing.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    .filter((mapping) =>
      /^\S+ r-[-x]p /.test(mapping) && // what can be written to may be, at any moment
      mapping.split("\n", 1)[0]!.includes(file) &&
      /^Anonymous:\s+0 kB$/m.test(mapping) &&
      /^Swap:\s+0 kB$/m.test(mapping)
    )
    .map((mapping) => {
      const [start, end] = mapping.split(" ", 1)[0]!.split("-");
      return { start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) };
    });
}
