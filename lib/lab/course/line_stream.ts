/**
 * Cuts a stream of text into lines.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const lines = ReadableStream.from(["a\nb", "c\nd"]).pipeThrough(new TextLineStream());
 * deepEqual(await Array.fromAsync(lines), ["a", "bc", "d"]);
 * ```
 */
export class TextLineStream extends TransformStream<string, string> {
  /** Starts at the beginning of a line. */
  constructor() {
    let rest = "";
    super({
      transform(text, controller) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) controller.enqueue(line);
      },
      flush(controller) {
        if (rest !== "") controller.enqueue(rest);
      },
    });
  }
}
