/** A reading that many things may ask for. */
export interface Paced {
  readonly ask: () => void;
  readonly stop: () => void;
}

/** Runs soon after it is first asked for, so that what comes together is one run; while it goes on being asked for, once in every pause. */
export function paced(run: () => void, { soonMs, pauseMs }: { readonly soonMs: number; readonly pauseMs: number }): Paced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ranAt = Number.NEGATIVE_INFINITY;
  return {
    ask: () => {
      timer ??= setTimeout(
        () => {
          timer = undefined;
          ranAt = Date.now();
          run();
        },
        Math.max(soonMs, ranAt + pauseMs - Date.now()),
      );
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
