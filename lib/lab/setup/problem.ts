import type { Outcome } from "./command.ts";

/** Signs in what pip and venv say, and what they mean; the first that is found counts. */
const MEANINGS: readonly { sign: RegExp; law: string; cure: string }[] = [
  {
    sign: /No space left on device|Errno 28|Disk quota exceeded/i,
    law: "the disk must have space",
    cure: "Free some space",
  },
  {
    sign: /ensurepip is not available|No module named '?(ensurepip|venv)/i,
    law: "Python must have its venv module",
    cure: "Install it (Debian, Ubuntu: `sudo apt install python3-venv`)",
  },
  {
    sign: /No module named '?pip/i,
    law: "Python must have pip",
    cure: "Delete the folder .venv",
  },
  {
    sign: /CERTIFICATE_VERIFY_FAILED|SSLError/i,
    law: "the package registry's certificate must be trusted",
    cure: "Check the clock and the proxy's certificate (PIP_CERT)",
  },
  {
    sign:
      /name resolution|getaddrinfo|NewConnectionError|ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Network is unreachable|Connection refused|Max retries exceeded|Connection broken/i,
    law: "the package registry must answer",
    cure: "Check the network and the proxy (HTTPS_PROXY, PIP_INDEX_URL)",
  },
  {
    sign: /DO NOT MATCH THE HASHES/i,
    law: "a download must have the pinned hash",
    cure: "Run `pip cache purge`",
  },
  {
    sign: /No matching distribution|Could not find a version/i,
    law: "the registry must have the pinned version for this machine",
    cure: "Check which registry pip uses (`pip config list`)",
  },
  {
    sign: /Permission denied|Errno 13|Read-only file system/i,
    law: "the folder must be writable",
    cure: "Check who owns the project's folder",
  },
];

/**
 * Turns what a command said into one line: what could not be done, why, and what to do.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const said = { code: 1, stdout: "", stderr: "ERROR: [Errno 28] No space left on device" };
 * match(explainFailure("install JupyterLab", said), /^Cannot install JupyterLab as the disk must have space/);
 * ```
 *
 * @param what What was being done, to follow "Cannot".
 * @param outcome How the command ended.
 * @returns The line.
 */
export function explainFailure(what: string, outcome: Outcome): string {
  const said = `${outcome.stdout}\n${outcome.stderr}`;
  const meaning = MEANINGS.find(({ sign }) => sign.test(said));
  const law = meaning?.law ?? "the command must succeed";
  const value = lastLine(said, meaning?.sign) ?? `exit code ${outcome.code}`;
  const cure = meaning?.cure ?? "Delete the folder .venv if it happens again";
  return `Cannot ${what} as ${law}: current value is "${value}". ${cure}, and run \`deno task setup\` again.`;
}

/** The last line that shows the sign, or else the last that is an error, or else the last. */
function lastLine(said: string, sign?: RegExp): string | undefined {
  const lines = said.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  const line = (sign && lines.findLast((line) => sign.test(line))) ??
    lines.findLast((line) => /^(ERROR|\w*Error)\b/.test(line)) ?? lines.at(-1);
  if (line === undefined || line.length <= LONGEST) return line;
  const at = Math.max(
    0,
    sign === undefined ? 0 : line.search(sign) - LONGEST / 2,
  );
  return `${at > 0 ? "…" : ""}${line.slice(at, at + LONGEST)}…`;
}

/** Longest part of a line that is quoted, in characters. */
const LONGEST = 120;
