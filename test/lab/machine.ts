import type { Machine } from "../../lib/lab/setup/target.ts";

/** A usual laptop: all that the CPU's library needs, and no GPU. */
export const LAPTOP: Machine = {
  os: "linux",
  arch: "x86_64",
  musl: false,
  avx: true,
  nvidia: false,
  freeGigabytes: 50,
};
