import { soak } from './chaos.ts';
import type { Proof } from './proof.ts';

/** A fault of chance every twenty seconds for so many minutes, under 100 requests a second. */
export const proveChaosOf =
  (minutes: number) =>
  async (seed: number, say: (line: string) => void): Promise<Proof> => ({
    claim: `${minutes} minutes with a fault every 20 s under 100 requests a second: nothing acknowledged is lost, every effect happens once, and a minute after the last fault nothing is under way`,
    counts: { minutes, ...(await soak({ seed, minutes, say })) },
  });
