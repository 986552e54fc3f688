/** At most once in a while: the first call runs, those that come too soon are put together into one at the end. */
export function paced(run: () => unknown, everyMs: number): { ask(): void; stop(): void } {
  let last = -Infinity;
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
