import { duration } from "../plot/duration.ts";
import type { Terminal } from "../setup/terminal.ts";
import type { CourseEvent } from "./course.ts";
import { secondsLeft } from "./estimate.ts";

/** How often a log gets a line while a notebook runs, in milliseconds. */
const LOG_MS = 20_000;
const TICK_MS = 500;

/**
 * Tells on a terminal how a course goes: one line that is written over, or in a log a line now and then.
 *
 * @example Usage
 * ```ts
 * import { Terminal } from "cria/lab/setup/terminal.ts";
 * import { match } from "node:assert/strict";
 *
 * let text = "";
 * using show = new CourseShow(new Terminal({ write: (more) => text += more, live: false }));
 * show.add({ kind: "plan", names: ["01_a"], earlier: {} });
 * show.add({ kind: "result", result: { name: "01_a", ok: true, seconds: 2, cells: 3 } });
 * match(text, /01_a +ok +2\.0 s/);
 * ```
 */
export class CourseShow implements Disposable {
  readonly #terminal: Terminal;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #done: Record<string, number> = {};
  #names: readonly string[] = [];
  #earlier: Readonly<Record<string, number>> = {};
  #name = "";
  #cell = "";
  #start = 0;
  #logged = 0;

  /**
   * Starts to tell.
   *
   * @param terminal Where to tell.
   */
  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /**
   * Tells of an event.
   *
   * @param event What happened.
   */
  add(event: CourseEvent): void {
    switch (event.kind) {
      case "plan":
        this.#names = event.names;
        this.#earlier = event.earlier;
        return this.#tell(
          `${event.names.length} notebooks, about ${this.#left()}`,
        );
      case "notebook":
        this.#name = event.name;
        this.#cell = `cell 0/${event.cells}`;
        this.#start = this.#logged = performance.now();
        return this.#tick();
      case "cell":
        this.#cell = `cell ${event.index}/${event.cells}`;
        return this.#tick();
      case "result": {
        const { name, ok, seconds } = event.result;
        this.#done[name] = seconds;
        this.#name = "";
        this.#terminal.status("");
        return this.#tell(
          `${name.padEnd(16)} ${ok ? "ok" : "FAILED"}  ${seconds.toFixed(1)} s`,
        );
      }
      case "report":
        return this.#terminal.status("");
    }
  }

  /** Stops telling. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#terminal.status("");
  }

  /** Says where the course is, if it is time to. */
  #tick(): void {
    if (this.#name === "") return;
    const now = performance.now();
    const text = `${this.#name} … ${this.#cell}, ${
      Math.round((now - this.#start) / 1000)
    } s, about ${this.#left()} left`;
    if (this.#terminal.live) return this.#terminal.status(text);
    if (now - this.#logged < LOG_MS) return;
    this.#logged = now;
    this.#tell(text);
  }

  #tell(text: string): void {
    this.#terminal.line(text);
  }

  #left(): string {
    const elapsed = this.#name === ""
      ? 0
      : (performance.now() - this.#start) / 1000;
    const names = this.#names;
    const earlier = this.#earlier;
    return duration(
      1000 *
        Math.round(secondsLeft({ names, earlier, done: this.#done, elapsed })),
    );
  }
}
