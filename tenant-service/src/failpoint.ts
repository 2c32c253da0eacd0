/** Ends the process as `kill -9` would, at a named place, for tests that prove nothing is lost there. */
export type Failpoint = (place: string) => void;

/**
 * `relay.produced:2` dies at the second passing of `relay.produced`. Without a specification nothing ever happens.
 * config.ts refuses one in production.
 */
export function failpoint(specification: string | undefined): Failpoint {
  if (specification === undefined) return () => {};
  const [place, count] = specification.split(':');
  let left = Number(count ?? 1);
  return (here) => {
    if (here !== place) return;
    left -= 1;
    if (left <= 0) process.kill(process.pid, 'SIGKILL');
  };
}
