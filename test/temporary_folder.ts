/** A folder that goes away, with all that is in it, at the end of a block. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Where it is. */
  readonly path: string;
  /** Removes the folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes a temporary folder; `await using` removes it at the end of the block. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
