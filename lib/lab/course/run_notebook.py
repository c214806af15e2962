"""Runs a notebook in a fresh kernel, writes the executed copy, and tells how it goes, a line of JSON an event.

usage: python run_notebook.py NOTEBOOK COPY SECONDS

Events: {"kind": "begin", "cells": n}, {"kind": "cell", "index": 1…n} as each code cell starts, and
{"kind": "end", "error": null or {"cell", "source", "name", "message", "traceback"}}.
"""

import asyncio
import json
import os
import pathlib
import sys
import typing

import nbformat
from nbclient import NotebookClient
from nbclient.client import CellExecutionComplete
from nbclient.exceptions import CellExecutionError

# The kernel inherits standard output and may print to it, so events go to a copy of it that is not inherited.
EVENTS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


class PatientClient(NotebookClient):
    """Keeps outputs that arrive after the kernel says it is idle, which Deno's kernel may send late."""

    silence = 0.15  # seconds without a message after which a cell is over

    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index):
        idle = False
        while True:
            try:
                message = await self.kc.iopub_channel.get_msg(timeout=self.silence if idle else None)
            except Exception:
                if idle:
                    return
                raise
            if message["parent_header"].get("msg_id") != parent_msg_id:
                continue
            try:
                self.process_message(message, cell, cell_index)
            except CellExecutionComplete:
                idle = True


def main(notebook: str, copy: str, seconds: str) -> None:
    source = pathlib.Path(notebook)
    nb = nbformat.read(source, 4)
    code = [i for i, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    for i in code:
        nb.cells[i].outputs, nb.cells[i].execution_count = [], None
    current = {"cell": 0, "source": ""}

    def starting(cell, cell_index):
        current.update(cell=code.index(cell_index) + 1, source=cell.source)
        tell(kind="cell", index=current["cell"])

    client = PatientClient(
        nb, timeout=None, on_cell_execute=starting, resources={"metadata": {"path": str(source.parent)}}
    )
    tell(kind="begin", cells=len(code))
    error = asyncio.run(execute(client, float(seconds)))
    if error is not None:
        outputs = nb.cells[code[current["cell"] - 1]].outputs if current["cell"] > 0 else []
        error = current | complete(error, outputs)
    part = pathlib.Path(copy + ".part")
    nbformat.write(nb, part)
    part.replace(copy)
    tell(kind="end", error=error)


async def execute(client: NotebookClient, seconds: float) -> dict[str, str] | None:
    """Runs all cells; gives what went wrong."""
    task = asyncio.ensure_future(client.async_execute())
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        task.cancel()
        await asyncio.wait({task})  # lets the kernel be shut down
        return {"name": "TimeoutError", "message": f"Cannot go on as the notebook must end within {seconds:g} s"}
    error = task.exception()
    if error is None:
        return None
    if isinstance(error, CellExecutionError):
        return {"name": error.ename, "message": error.evalue}
    return {"name": type(error).__name__, "message": str(error)}  # the kernel died, or did not start


def complete(error: dict[str, str], outputs: list) -> dict[str, str]:
    """Adds what the kernel said to an error, or the error to what the copy shows."""
    shown = next((output for output in outputs if output.output_type == "error"), None)
    if shown is None:
        shown = nbformat.v4.new_output("error", ename=error["name"], evalue=error["message"], traceback=[])
        outputs.append(shown)
    if error["message"] == "Execution failed":  # all that the kernel says of a cell that it cannot parse
        shown.ename, shown.evalue = "SyntaxError", "The cell cannot be parsed: `deno task notebooks` tells where"
    return {"name": shown.ename, "message": shown.evalue, "traceback": "\n".join(shown.traceback)}


def tell(**event: typing.Any) -> None:
    print(json.dumps(event), file=EVENTS, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
