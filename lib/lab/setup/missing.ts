import { isKernelComplete } from "./kernel.ts";
import type { Layout } from "./layout.ts";
import { arePackagesComplete } from "./packages.ts";
import { libraryPin, type Target } from "./pins.ts";
import { isLibraryComplete, readStamp } from "./stamp.ts";
import { chooseTarget, type Machine } from "./target.ts";

/** What set-up has left to do. */
export interface Missing {
  /** Whether the Python packages are missing. */
  readonly packages: boolean;
  /** Whether the kernel's entry is missing or tells of another Deno. */
  readonly kernel: boolean;
  /** The library to install; `undefined` if it is there, or there is none for this machine. */
  readonly target: Target | undefined;
  /** Whether the right library is there. */
  readonly hasLibrary: boolean;
  /** Whether there is anything to do. */
  readonly any: boolean;
  /** Why there is no library, or not the best one, for this machine. */
  readonly problem: string | undefined;
}

/**
 * Compares what there is with what there should be.
 *
 * @example Usage
 * ```ts
 * import { layout } from "cria/lab/setup/layout.ts";
 * import { lookAtMachine } from "cria/lab/setup/machine.ts";
 * import { equal } from "node:assert/strict";
 *
 * const { any } = await findMissing(layout("/no/such/folder"), await lookAtMachine("."));
 * equal(any, true);
 * ```
 *
 * @param place Where set-up puts things.
 * @param machine What the machine is like.
 * @returns What is left to do.
 */
export async function findMissing(
  place: Layout,
  machine: Machine,
): Promise<Missing> {
  const choice = chooseTarget(machine);
  const [stamp, hasPackages, hasKernel] = await Promise.all([
    readStamp(place.stamp),
    arePackagesComplete(place),
    isKernelComplete(place),
  ]);
  const hasLibrary = choice.kind === "library" && await isLibraryComplete(
    place.library,
    stamp.library,
    libraryPin(choice.target),
  );
  const target = choice.kind === "library" && !hasLibrary
    ? choice.target
    : undefined;
  return {
    packages: !hasPackages,
    kernel: !hasKernel,
    target,
    hasLibrary,
    any: !hasPackages || !hasKernel || target !== undefined,
    problem: choice.problem,
  };
}
