import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { examineLibraryFile, loaderReason } from "./library_file.ts";

/** What of CUDA was loaded. */
export type LoadedCuda =
  /** All of it, and CUDA's main version. */
  | { kind: "loaded"; cuda: number }
  /** Not all of it: why not, to follow "as", and what would mend it. */
  | { kind: "missing"; problem: string };

/** CUDA's main versions, newest first. */
const CUDAS = [13, 12] as const;

/** A library that TensorFlow opens before it uses a GPU. */
interface CudaLibrary {
  /** Its file's name, up to the version. */
  name: string;
  /** The folder of its wheel below `nvidia/`; CUDA 13 has one folder for all. */
  folder: string;
  /** Its own version in each of CUDA's; the same file name with another version is another library. */
  versions: Readonly<Record<12 | 13, number>>;
}

/** In the order of their dependence. */
const LIBRARIES: readonly CudaLibrary[] = [
  {
    name: "libcudart.so",
    folder: "cuda_runtime",
    versions: { 12: 12, 13: 13 },
  },
  { name: "libcublasLt.so", folder: "cublas", versions: { 12: 12, 13: 13 } },
  { name: "libcublas.so", folder: "cublas", versions: { 12: 12, 13: 13 } },
  { name: "libcufft.so", folder: "cufft", versions: { 12: 11, 13: 12 } },
  { name: "libcusparse.so", folder: "cusparse", versions: { 12: 12, 13: 12 } },
  { name: "libcusolver.so", folder: "cusolver", versions: { 12: 11, 13: 12 } },
  { name: "libcudnn.so", folder: "cudnn", versions: { 12: 9, 13: 9 } },
];

/**
 * Loads CUDA's libraries for TensorFlow, from the wheels beside it or from the system.
 *
 * TensorFlow opens them itself when it opens a context, but it ends the whole process if one is
 * missing on a machine with a GPU (seen with 2.21: `terminate called … Error loading CUDA
 * libraries`), which in a notebook would be the kernel. So they are tried before. Those that load stay
 * open, and TensorFlow, which asks for them by name, then gets the ones from the wheels even where an
 * older CUDA stands first on the system's path.
 *
 * @example Where there is no CUDA
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const load = () => {
 *   throw new Error("no such file");
 * };
 * equal(loadCuda("/wheels", { tensorflow: "2.21.0", load }).kind, "missing");
 * ```
 *
 * @param wheels The folder in which the wheels are unpacked, with `nvidia` in it.
 * @param options The version of TensorFlow, which decides the version of CUDA.
 * @returns Whether all of them are loaded; if not, which one is not, and why.
 */
export function loadCuda(
  wheels: string,
  options: LoadCudaOptions,
): LoadedCuda {
  const { tensorflow, load = openForGood } = options;
  const minor = Number(tensorflow.split(".")[1]);
  const candidates = CUDAS.filter((cuda) =>
    cuda === 12 || minor > ONLY_CUDA_12
  );
  let problem = "";
  for (const cuda of candidates) {
    const missing = loadAll(cuda, { wheels, load, old: minor <= CUDNN_8 });
    if (missing === undefined) return { kind: "loaded", cuda };
    problem = missing;
  }
  return { kind: "missing", problem };
}

/** Loads all libraries of one CUDA; says which does not load, if one does not. */
function loadAll(
  cuda: 12 | 13,
  { wheels, load, old }: {
    wheels: string;
    load: (path: string) => void;
    old: boolean;
  },
): string | undefined {
  for (const { name, folder, versions } of LIBRARIES) {
    const isCudnn = folder === "cudnn";
    const file = `${name}.${isCudnn && old ? 8 : versions[cuda]}`;
    const own = cuda === 13 && !isCudnn ? "cu13" : folder;
    const place = join(wheels, "nvidia", own, "lib");
    const problem = whyNot(file, { folder: place, load });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The last TensorFlow 2 whose wheels are for CUDA 12, as far as is known. */
const ONLY_CUDA_12 = 21;

/** The last TensorFlow 2 whose wheels are for cuDNN 8. */
const CUDNN_8 = 17;

/** Options for {@linkcode loadCuda}. */
export interface LoadCudaOptions {
  /** The version of TensorFlow, such as `"2.21.0"`. */
  tensorflow: string;
  /** Loads a file, or a library by its name, and throws if it cannot; another one in tests. */
  load?: (path: string) => void;
}

/** Loads a library, which stays until the process ends. */
function openForGood(path: string): void {
  if (isAbsolute(path)) examineLibraryFile(path); // the loader ends the process on half a file
  Deno.dlopen(path, {});
}

/** Loads one library from its folder or by the system's path; says why that fails, if it does. */
function whyNot(
  file: string,
  { folder, load }: { folder: string; load: (path: string) => void },
): string | undefined {
  const path = join(folder, file);
  const reasons: string[] = [];
  for (const place of [path, file]) {
    try {
      load(place);
      return undefined;
    } catch (error) {
      reasons.push(loaderReason(error as Error));
    }
  }
  return existsSync(path)
    ? `${file} must load: the one in ${folder} does not (${
      reasons[0]
    }). Delete that folder and run \`deno task setup\``
    : `${file} must load: it is neither in ${folder} nor where the system looks for libraries. Run \`deno task setup\`, or add its folder to LD_LIBRARY_PATH`;
}
