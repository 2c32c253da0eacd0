import type { Query, QueryCache } from '@tanstack/react-query';

/** Answers of screens that somebody has left: some dozen screens back are there at once, and a day's work does not pile up. */
const LEFT_MAX = 60;

/** From now on forgets the answers of the screens that were left first, as soon as there are more than so many. */
export function forgetLeftScreens(cache: QueryCache, most: number = LEFT_MAX): void {
  /** Those nobody looks at, in the order in which they were left. */
  const left = new Set<Query>();
  cache.subscribe(({ type, query }) => {
    if (type === 'removed' || query.getObserversCount() > 0) left.delete(query);
    else if (type === 'observerRemoved') {
      left.delete(query);
      left.add(query);
    }
    for (const first of left) {
      if (left.size <= most) break;
      left.delete(first);
      cache.remove(first);
    }
  });
}
