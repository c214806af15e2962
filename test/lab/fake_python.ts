import { join } from "node:path";

/** What a fake Python does, in shell. */
export interface FakePython {
  /** The version that it says it has. @default {"3.12.1"} */
  version?: string;
  /** What `python -m venv` does before it makes the folder. @default {""} */
  venv?: string;
  /** What `python -m pip` does before it pretends to work. @default {""} */
  pip?: string;
}

/**
 * Writes a shell script that behaves like a Python as far as set-up looks, and logs what it is asked.
 *
 * Its venv holds a copy of itself; its pip installs an empty JupyterLab and downloads an empty wheel; its
 * unpacking makes two libraries of seven bytes.
 *
 * @param folder Where the script goes.
 * @param options How it differs.
 * @returns The script's path, and a function that counts the lines of its log that show a word.
 */
export async function fakePython(folder: string, options: FakePython = {}) {
  const { version = "3.12.1", venv = "", pip = "" } = options;
  const path = join(folder, `python-${crypto.randomUUID()}`);
  const log = `${path}.log`;
  await Deno.writeTextFile(
    path,
    `#!/bin/sh
echo "$*" >> "${log}"
case "$*" in
  -c*) echo "${version}" ;;
  *"-m venv"*)
    ${venv}
    for last; do :; done
    mkdir -p "$last/bin" && cp "$0" "$last/bin/python" ;;
  *"-m pip install"*)
    ${pip}
    mkdir -p "$(dirname "$(dirname "$0")")/share/jupyter/lab/static" ;;
  *"-m pip download"*)
    ${pip}
    for word; do case "$word" in --dest=*) echo wheel > "\${word#--dest=}/a.whl" ;; esac; done ;;
  *unpack_wheel.py*)
    mkdir -p "$4/tensorflow"
    for name in framework cc; do echo elf-$name > "$4/tensorflow/libtensorflow_$name.so.2"; done
    printf '{"tensorflow/libtensorflow_framework.so.2":14,"tensorflow/libtensorflow_cc.so.2":7}' ;;
esac
`,
    { mode: 0o755 },
  );
  return {
    path,
    async asked(word: string): Promise<number> {
      const text = await Deno.readTextFile(log).catch(() => "");
      return text.split("\n").filter((line) =>
        line !== "" && line.includes(word)
      ).length;
    },
  };
}
