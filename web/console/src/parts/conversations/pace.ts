/** At most once in a while: the first call runs (with `waits` after a while), those that come too soon are put together into one at the end. */
export function paced(run: () => unknown, everyMs: number, waits = false): { ask(): void; stop(): void } {
  let last = waits ? performance.now() : -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const go = (): void => {
    timer = undefined;
    last = performance.now();
    run();
  };
  return {
    ask: () => {
      timer ??= setTimeout(go, Math.max(0, last + everyMs - performance.now()));
    },
    stop: () => clearTimeout(timer),
  };
}
