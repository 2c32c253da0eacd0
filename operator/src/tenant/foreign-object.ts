import type { Outcome } from './step.ts';

/** The view holds only objects that carry our label: nobody tells when somebody else's is gone. */
const LOOK_AGAIN_MS = 10_000;

/** What a step says when an object of a name it needs is somebody else's, e.g. `Secret acme-credentials`. */
export function foreignObject(object: string): Outcome {
  const message = `${object} exists and is not ours; it was not touched. Remove it.`;
  return { kind: 'blocked', reason: 'Conflict', message, lookAgainAfterMs: LOOK_AGAIN_MS };
}
