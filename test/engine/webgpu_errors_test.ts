import { doesNotThrow, equal, ok, throws } from "node:assert/strict";
import { watchDevice } from "../../lib/engine/webgpu_errors.ts";

/** What a device tells, without the device. */
function fakeDevice() {
  const { promise: lost, resolve: lose } = Promise.withResolvers<
    { reason: string; message: string }
  >();
  const device = Object.assign(new EventTarget(), { lost });
  return {
    device,
    lose,
    fail(message: string): Event {
      const event = new Event("uncapturederror", { cancelable: true });
      device.dispatchEvent(Object.assign(event, { error: { message } }));
      return event;
    },
  };
}

Deno.test("watchDevice() passes until the device has an error, and never after", () => {
  const { device, fail } = fakeDevice();
  const { check } = watchDevice(device, () => 3 * 2 ** 20);
  doesNotThrow(check);
  fail("Buffer binding 0 is too large\nand more");
  fail("what comes of it");
  for (let i = 0; i < 2; i++) {
    throws(check, {
      message:
        'Cannot go on with WebGPU as its device must have no errors, or results are wrong: it said "Buffer binding 0 is too large" while 3 MiB of its memory were held. Start anew, with fewer rows of a batch (rows) or fewer tokens (width), or with CRIA_ENGINE=wasm',
    });
  }
});

Deno.test("watchDevice() keeps an error from being printed, as it is thrown", () => {
  const { device, fail } = fakeDevice();
  watchDevice(device);
  ok(fail("anything").defaultPrevented);
});

Deno.test("watchDevice() takes the loss of the device for an error", async () => {
  const { device, lose } = fakeDevice();
  const { check, settle } = watchDevice(device);
  lose({ reason: "unknown", message: "the driver was reset" });
  await settle();
  throws(check, /it said "it was lost: the driver was reset"/);
});

Deno.test("settle() waits for an error that is on its way", async () => {
  const { device, fail } = fakeDevice();
  const { check, settle } = watchDevice(device);
  setTimeout(() => fail("late"), 1);
  await settle();
  throws(check, /it said "late"/);
});

Deno.test("settle() does not wait for ever", async () => {
  const { check, settle } = watchDevice(fakeDevice().device);
  equal(await settle(), undefined);
  doesNotThrow(check);
});
