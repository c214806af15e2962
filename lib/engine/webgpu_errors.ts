import { inWords } from "./budget.ts";

/** What is asked of a `GPUDevice` to learn of its errors. */
export interface WatchedDevice {
  /** Comes true when the device can no longer be used. */
  readonly lost: Promise<
    { readonly reason?: string; readonly message: string }
  >;
  /** Tells of errors that no call throws. */
  addEventListener: EventTarget["addEventListener"];
}

/** The errors of a device, as they concern whoever uses it. */
export interface DeviceErrors {
  /**
   * Passes if the device has had no error.
   *
   * @throws {Error} The first error of the device, from then on in every call.
   */
  check(): void;
  /** Waits a moment for an error that is on its way. */
  settle(): Promise<void>;
}

/** How long an error may take from the device to here, in milliseconds. */
const ON_ITS_WAY = 100;

/**
 * Makes the errors of a WebGPU device fatal.
 *
 * WebGPU reports what it cannot do after the call, beside it, and goes on: whatever was to be computed
 * then has old values, or zeros. So the first error is kept, and thrown at every use that follows.
 *
 * @see {@link https://www.w3.org/TR/webgpu/#errors-and-debugging | WebGPU, Errors and Debugging}
 *
 * @example A device that fails
 * ```ts
 * import { throws } from "node:assert/strict";
 *
 * const device = Object.assign(new EventTarget(), { lost: new Promise<never>(() => {}) });
 * const { check } = watchDevice(device);
 * check();
 * const error = { message: "Buffer is invalid" };
 * device.dispatchEvent(Object.assign(new Event("uncapturederror"), { error }));
 * throws(check, /^Error: Cannot go on with WebGPU .* it said "Buffer is invalid"/);
 * ```
 *
 * @param device The device.
 * @param held Tells how many bytes of its memory are in use.
 * @returns What has been heard of it.
 */
export function watchDevice(
  device: WatchedDevice,
  held: () => number = () => 0,
): DeviceErrors {
  let first: Error | undefined;
  const heard = Promise.withResolvers<void>();
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault(); // it is thrown, and need not be printed
    fail((event as Event & { error: { message: string } }).error.message);
  });
  device.lost.then(({ message }) => fail(`it was lost: ${message}`));
  return {
    check() {
      if (first !== undefined) throw first;
    },
    async settle() {
      let timer;
      await Promise.race([
        heard.promise,
        new Promise((done) => timer = setTimeout(done, ON_ITS_WAY)),
      ]);
      clearTimeout(timer);
    },
  };

  function fail(message: string): void {
    first ??= new Error(
      `Cannot go on with WebGPU as its device must have no errors, or results are wrong: it said "${
        message.split("\n")[0]
      }" while ${
        inWords(held())
      } of its memory were held. Start anew, with fewer rows of a batch (rows) or fewer tokens (width), or with CRIA_ENGINE=wasm`,
    );
    heard.resolve();
  }
}
