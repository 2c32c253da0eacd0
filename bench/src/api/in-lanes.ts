import type pg from 'pg';

/** Backends that work at once: a few more than this machine has processors, as each waits for the disk now and then. */
const LANES = 4;
/** A backend remembers every table it has ever seen, and looks through all of it when one is made: after so many schemas a new one goes on. */
const RENEWED_AFTER = 100;

/**
 * Runs `work` for 0 to `count` − 1, several at once, each time alone on a connection of `connect`. Nothing waits for the disk: what a crash would take is
 * made anew by the next run. @throws what `work` throws first, when the others have ended
 */
export async function inLanes(
  count: number,
  connect: () => Promise<pg.Client>,
  work: (client: pg.Client, number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const client = await connect();
      try {
        await client.query('set synchronous_commit = off');
        for (let done = 0; done < RENEWED_AFTER && next < count; done += 1) {
          const number = next;
          next += 1;
          await work(client, number);
        }
      } catch (error) {
        next = count;
        throw error;
      } finally {
        await client.end();
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(LANES, count) }, lane));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}
