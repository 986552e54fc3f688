/** Does the same to several things, one after the other; what fails does not stop the rest. */
export interface BatchResult<T> {
  done: number;
  failed: { item: T; cause: unknown }[];
}

export async function runBatch<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<BatchResult<T>> {
  const result: BatchResult<T> = { done: 0, failed: [] };
  for (const item of items) {
    try {
      await act(item);
      result.done += 1;
    } catch (cause) {
      result.failed.push({ item, cause });
    }
  }
  return result;
}
