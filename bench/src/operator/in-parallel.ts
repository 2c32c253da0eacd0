/** Runs `work` for every item, `width` at a time. The first failure is thrown when those under way are back. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, worker: number) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const failures: unknown[] = [];
  const hand = async (worker: number): Promise<void> => {
    for (let item = left.shift(); item !== undefined && failures.length === 0; item = left.shift())
      await work(item, worker).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, (_, worker) => hand(worker)));
  if (failures.length > 0) throw failures[0];
}

/** Tries several times: what is taken away must go, also on a machine that others keep busy. */
export async function withPatience<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1)
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES) throw error;
    }
}

const TRIES = 5;
