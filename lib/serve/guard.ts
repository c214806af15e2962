import { createHash, timingSafeEqual } from "node:crypto";
import { RequestError } from "./request_error.ts";

/**
 * Refuses to open a server to other machines without a key.
 *
 * @example Usage
 * ```ts
 * import { throws } from "node:assert/strict";
 *
 * checkHostname("127.0.0.1", undefined);
 * throws(() => checkHostname("0.0.0.0", undefined), TypeError);
 * ```
 *
 * @param hostname Where the server is to listen.
 * @param apiKey The key that clients must send, if any.
 * @throws {TypeError} If others could reach it and need no key.
 */
export function checkHostname(
  hostname: string,
  apiKey: string | undefined,
): void {
  if (apiKey === "") {
    throw new TypeError(
      "Cannot start the server as its key must have at least one character: current key is empty",
    );
  }
  if (isLoopback(hostname) || apiKey !== undefined) return;
  throw new TypeError(
    `Cannot start the server as others can reach it there, so clients must need a key: current hostname is ${hostname}, and there is no apiKey`,
  );
}

/**
 * Lets a request in, or tells why not.
 *
 * Without a key, only requests to a loopback name are let in: a web page that a browser on this
 * machine shows could otherwise have its own name lead here. Keys are compared in a time that
 * does not depend on them.
 *
 * @example Usage
 * ```ts
 * import { throws } from "node:assert/strict";
 *
 * const request = new Request("http://127.0.0.1", { headers: { authorization: "Bearer guess" } });
 * throws(() => checkRequest(request, "secret"), { status: 401 });
 * ```
 *
 * @param request The request.
 * @param apiKey The key that clients must send, if any.
 * @throws {RequestError} If it is not let in.
 */
export function checkRequest(
  request: Request,
  apiKey: string | undefined,
): void {
  if (apiKey === undefined) {
    // A header Host can be such that the address is none.
    const hostname = URL.parse(request.url)?.hostname ?? "none";
    if (isLoopback(hostname)) return;
    throw new RequestError(
      `Cannot answer as a server without a key must be asked by a loopback name: current host is ${hostname}`,
      { status: 403, code: "host_not_allowed" },
    );
  }
  const given = request.headers.get("authorization") ?? "";
  if (timingSafeEqual(digest(given), digest(`Bearer ${apiKey}`))) return;
  throw new RequestError(
    "Cannot answer as the header Authorization must be Bearer with the server's key",
    { status: 401, code: "invalid_api_key" },
  );
}

/** Bytes of one length, whatever the text's. */
function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** Whether a name leads to this machine only. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || /^\[?::1\]?$/.test(hostname) ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}
