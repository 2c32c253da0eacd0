/**
 * How much the property tests try: 1,000 interleavings in a normal run, more with `PROPERTY_RUNS=10000`.
 * The seed is fixed, so a red run is the same red run everywhere; `PROPERTY_SEED` tries others.
 */
export const PROPERTY_RUNS = {
  numRuns: Number(process.env.PROPERTY_RUNS ?? 1_000),
  seed: Number(process.env.PROPERTY_SEED ?? 20_261_122),
};

/** Time for all of them on a busy machine. */
export const PROPERTY_TIME_MS = Math.max(120_000, PROPERTY_RUNS.numRuns * 300);
