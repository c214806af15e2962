import { deepEqual, equal, match } from "node:assert/strict";
import { check, strip } from "../tools/notebooks.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { writeNotebook } from "./notebook_file.ts";

Deno.test("check() passes clean notebooks, and cells that use what earlier cells made", async () => {
  await using folder = await temporaryFolder();
  const path = await writeNotebook(folder.path, "01_a", [
    "# Title\n",
    "const a = 1;\n",
    "const b: number = await Promise.resolve(a);\n",
    "b;\n",
  ]);
  deepEqual(await check([path]), []);
  const left = await Array.fromAsync(Deno.readDir(folder.path));
  deepEqual(left.map(({ name }) => name), ["01_a.ipynb"]);
});

Deno.test("check() names notebook, cell and line of what is wrong, in every notebook", async () => {
  await using folder = await temporaryFolder();
  const types = await writeNotebook(folder.path, "01_types", [
    "const a = 1;\n",
    'const a = 2;\n\nconst b: number = "x";\n',
    "nothing;\n",
  ]);
  const syntax = await writeNotebook(folder.path, "02_syntax", [
    "1;\n",
    "const a = ;\n",
  ]);
  const problems = (await check([types, syntax])).join("\n");
  match(
    problems,
    /redeclare block-scoped variable 'a'[^]*01_types\.ipynb code cell 2, line 1/,
  );
  match(
    problems,
    /'string' is not assignable[^]*01_types\.ipynb code cell 2, line 3, column 7/,
  );
  match(
    problems,
    /Cannot find name 'nothing'[^]*01_types\.ipynb code cell 3, line 1/,
  );
  match(problems, /SyntaxError[^]*02_syntax\.ipynb code cell 2, line 1/);
});

Deno.test("check() refuses what a cell must not do", async () => {
  await using folder = await temporaryFolder();
  const path = await writeNotebook(folder.path, "01_a", [
    'import * as x from "../lib/mod.ts";\n',
    "import.meta.url;\n",
  ]);
  const problems = (await check([path])).join("\n");
  match(problems, /code cell 1: relative imports/);
  match(problems, /code cell 2: import\.meta/);
});

Deno.test("check() refuses a notebook that is not formatted, failed, was run out of order, or has another kernel", async () => {
  await using folder = await temporaryFolder();
  const path = await writeNotebook(folder.path, "01_a", ["const  a=1", "a;\n"]);
  const notebook = JSON.parse(await Deno.readTextFile(path));
  notebook.cells[0].execution_count = 2;
  notebook.cells[1].execution_count = 1;
  notebook.cells[1].outputs = [{
    "output_type": "error",
    ename: "Error",
    evalue: "",
    traceback: [],
  }];
  notebook.metadata.kernelspec.name = "python3";
  await Deno.writeTextFile(path, JSON.stringify(notebook));
  const problems = (await check([path])).join("\n");
  match(problems, /is not formatted/);
  match(problems, /run out of order/);
  match(problems, /code cell 2 failed/);
  match(
    problems,
    /must have "deno" as kernelspec\.name: current value is python3/,
  );
});

Deno.test("check() names a file that is not a notebook", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/01_a.ipynb`;
  await Deno.writeTextFile(path, "{");
  match(
    (await check([path])).join("\n"),
    /Cannot read notebook as .*01_a\.ipynb must be JSON/,
  );
});

Deno.test("strip() empties and formats, to what check() passes, and then changes nothing", async () => {
  await using folder = await temporaryFolder();
  const path = await writeNotebook(folder.path, "01_a", ["const  a=1", "a"]);
  const notebook = JSON.parse(await Deno.readTextFile(path));
  notebook.cells[0].execution_count = 7;
  notebook.cells[1].outputs = [{
    "output_type": "stream",
    name: "stdout",
    text: "old",
  }];
  await Deno.writeTextFile(path, JSON.stringify(notebook));
  await strip(path);
  deepEqual(await check([path]), []);
  const once = await Deno.readTextFile(path);
  match(once, /"const a = 1;"/);
  await strip(path);
  equal(await Deno.readTextFile(path), once);
});
