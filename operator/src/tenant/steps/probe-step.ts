import type { Step } from '../step.ts';

/** The data plane follows the registry within a moment; a fresh tenant's first answer comes soon after. */
const ASK_AGAIN_MS = 300;

/** A real request as the tenant's machine client: token from Keycloak, row access through the database, answer over HTTP. */
export const probeStep: Step = {
  name: 'probe',
  condition: 'Serving',
  run: async ({ ports: { probe }, names, spec, seen, credentials }) => {
    if (spec.state === 'Suspended') return { kind: 'not-needed', message: 'A suspended tenant is not served.' };
    const url = seen.innerUrl ?? seen.url;
    if (url === undefined) return { kind: 'waiting', message: 'The tenant has no address yet.', retryAfterMs: ASK_AGAIN_MS };
    const complaint = await probe.ask({
      url,
      clientId: names.machineClientOf(credentials.generation),
      clientSecret: credentials.for('client').password,
    });
    if (complaint !== undefined) return { kind: 'waiting', message: complaint, retryAfterMs: ASK_AGAIN_MS };
    return { kind: 'done', message: `${url} answers the tenant’s machine client.` };
  },
};
