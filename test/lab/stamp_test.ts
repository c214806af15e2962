import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import {
  addToStamp,
  isLibraryComplete,
  readStamp,
} from "../../lib/lab/setup/stamp.ts";
import { temporaryFolder } from "../temporary_folder.ts";

Deno.test("addToStamp() keeps what steps that end at once add", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "cria.json");
  const library = { pin: "b", files: { "a.so": 1 } };
  await Promise.all([
    addToStamp(path, { packages: "a" }),
    addToStamp(path, { library }),
  ]);
  deepEqual(await readStamp(path), { packages: "a", library });
});

Deno.test("addToStamp() goes on after it could not write", async () => {
  await using folder = await temporaryFolder();
  const taken = join(folder.path, "file");
  await Deno.writeTextFile(taken, "");
  await addToStamp(join(taken, "cria.json"), {}).catch(() => {});
  const path = join(folder.path, "cria.json");
  await addToStamp(path, { packages: "a" });
  deepEqual(await readStamp(path), { packages: "a" });
});

Deno.test("isLibraryComplete() wants the pin, and every file in its full size", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "a.so"), "four");
  const stamp = { pin: "p", files: { "a.so": 4 } };
  equal(await isLibraryComplete(folder.path, stamp, "p"), true);
  equal(await isLibraryComplete(folder.path, stamp, "q"), false);
  equal(await isLibraryComplete(folder.path, undefined, "p"), false);
  const lost = { pin: "p", files: { "a.so": 4, "b.so": 1 } };
  equal(await isLibraryComplete(folder.path, lost, "p"), false);
  const cut = { pin: "p", files: { "a.so": 5 } };
  equal(await isLibraryComplete(folder.path, cut, "p"), false);
  equal(
    await isLibraryComplete(folder.path, { pin: "p", files: {} }, "p"),
    false,
  );
});
