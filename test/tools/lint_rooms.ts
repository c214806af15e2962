/**
 * Keeps the data flowing one way: a room may import from rooms before it, never
 * from rooms after it.
 *
 * @module
 */

const ROOMS = [
  "core",
  "io",
  "engine",
  "seed",
  "teacher",
  "filter",
  "tokens",
  "model",
  "train",
  "generate",
  "evaluate",
  "export",
  "serve",
  "lab",
] as const;

const plugin: Deno.lint.Plugin = {
  name: "rooms",
  rules: {
    "one-way": {
      create(context) {
        const here = room(context.filename);
        if (here < 0) return {};
        return {
          ImportDeclaration(node) {
            const source = node.source.value;
            if (!source.startsWith(".")) return;
            const file = new URL(source, `file://${context.filename}`).pathname;
            const there = room(file);
            if (there <= here) return;
            context.report({
              node,
              message: `${ROOMS[here]} imports from ${
                ROOMS[there]
              }, a later room`,
              hint:
                "Move the shared part to an earlier room, or pass it in as an argument.",
            });
          },
        };
      },
    },
  },
};

export default plugin;

/** Index of the room that a file is in, or `-1` outside `lib/`. */
function room(path: string): number {
  const name = path.match(/\/lib\/(\w+)\//)?.[1];
  return ROOMS.findIndex((candidate) => candidate === name);
}
