import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Outcome, run } from "./command.ts";
import { lackOfSpace } from "./free_space.ts";
import { type Layout, pythonEnvironment } from "./layout.ts";
import {
  LIBRARIES_FREE_GB,
  libraryPin,
  type Target,
  type Wheel,
  WHEELS,
} from "./pins.ts";
import { pip } from "./pip.ts";
import { explainFailure } from "./problem.ts";
import { addToStamp } from "./stamp.ts";
import { folderSize } from "./folder_size.ts";

const UNPACK = fileURLToPath(new URL("./unpack_wheel.py", import.meta.url));
const WATCH_MS = 500;

/** Takes how far a download is: bytes so far, and bytes in all. */
export type OnDownload = (done: number, total: number) => void;

/**
 * Downloads the wheels that hold libtensorflow and unpacks the few files of them that are needed.
 *
 * Of the 15,000 files of TensorFlow's wheel two are used. Each wheel is deleted once it is
 * unpacked. The files keep the wheels' own layout, since the libraries look for CUDA beside themselves.
 *
 * @example Usage
 * ```ts ignore
 * const problem = await installLibrary(layout(), "cpu-x86_64");
 * ```
 *
 * @param place Where they go; its virtual environment must be there, for its pip.
 * @param target The kind of machine.
 * @param onDownload Is told of progress.
 * @returns The problem, if there is one.
 */
export async function installLibrary(
  place: Layout,
  target: Target,
  onDownload: OnDownload = () => {},
): Promise<string | undefined> {
  const need = { what: "TensorFlow", gigabytes: LIBRARIES_FREE_GB[target] };
  const problem = await lackOfSpace(place.venv, need);
  if (problem !== undefined) return problem;
  const wheels = WHEELS[target];
  const total = 1e6 * wheels.reduce((sum, wheel) => sum + wheel.megabytes, 0);
  const files: Record<string, number> = {};
  let done = 0;
  for (const wheel of wheels) {
    const size = 1e6 * wheel.megabytes;
    const result = await installWheel(
      place,
      wheel,
      (bytes) => onDownload(done + Math.min(bytes, size), total),
    );
    if (typeof result === "string") return result;
    Object.assign(files, result);
    done += size;
  }
  const library = { pin: libraryPin(target), files };
  await addToStamp(place.stamp, { library });
  return undefined;
}

/** Installs one wheel; gives the sizes of its files, or the problem. */
async function installWheel(
  place: Layout,
  wheel: Wheel,
  onBytes: (bytes: number) => void,
): Promise<Record<string, number> | string> {
  const what = `install ${wheel.requirement.split("==")[0]}`;
  const scratch = join(place.scratch, "wheel");
  await Deno.mkdir(scratch, { recursive: true });
  try {
    const downloaded = await download(place, wheel, { scratch, onBytes });
    if (downloaded.code !== 0) return explainFailure(what, downloaded);
    const [file] = await Array.fromAsync(Deno.readDir(scratch));
    const outcome = await run(
      place.python,
      [
        "-I",
        UNPACK,
        join(scratch, file?.name ?? ""),
        place.library,
        ...wheel.parts,
      ],
      { env: pythonEnvironment(place) },
    );
    if (outcome.code !== 0) return explainFailure(what, outcome);
    return JSON.parse(outcome.stdout);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Fetches a wheel into the scratch folder, checked by its hash, for whichever Python there is. */
async function download(
  place: Layout,
  wheel: Wheel,
  { scratch, onBytes }: { scratch: string; onBytes: (bytes: number) => void },
): Promise<Outcome> {
  const list = join(place.scratch, "wheel.txt");
  await Deno.writeTextFile(
    list,
    `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`,
  );
  const watch = setInterval(
    async () => onBytes(await folderSize(place.scratch)),
    WATCH_MS,
  );
  try {
    const tensorflow = wheel.requirement.startsWith("tensorflow");
    return await pip(place, [
      "download",
      "--no-deps",
      "--only-binary=:all:",
      "--python-version=3.12",
      ...(tensorflow ? ["--implementation=cp", "--abi=cp312"] : []),
      `--platform=${wheel.platform}`,
      `--dest=${scratch}`,
      `--requirement=${list}`,
    ]);
  } finally {
    clearInterval(watch);
  }
}
