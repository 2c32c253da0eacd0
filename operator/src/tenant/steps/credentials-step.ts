import { ANNOTATIONS } from '@tenantry/contracts';
import { kubeTime } from '../../control/kube-time.ts';
import { converge } from '../converge.ts';
import { CREDENTIALS_ANNOTATION } from '../desired/deployment.ts';
import { driftItem } from '../plans/drift-item.ts';
import type { CredentialRecord, Rotation } from '../plans/rotation-plan.ts';
import { rotationAfter } from '../rotation.ts';
import type { Outcome, Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';

/** A pod that ends has 30 s for its last requests, on the login it began with. */
const LOOK_AGAIN_MS = 1000;

/** What the record learns at the end of a pass: it stands behind everything that a rotation changes, so it is the last step. */
type Turn = 'out' | 'ended';

/**
 * Turns a rotation over: the new credentials were seen in use everywhere, so the overlap begins to count; or the previous ones were just seen
 * to be gone everywhere, so the rotation has ended. What the stores hold is the other steps' matter.
 */
export const credentialsStep: Step = {
  name: 'credentials',
  condition: 'CredentialsCurrent',
  run: async (pass) => {
    const stragglers = pass.rotation.phase === 'rolling-out' || pass.rotation.phase === 'begin' ? podsOfBefore(pass) : 0;
    if (stragglers > 0)
      return {
        kind: 'waiting',
        message: `${stragglers} pods still work with the credentials of before; the overlap begins when they have ended.`,
        retryAfterMs: LOOK_AGAIN_MS,
      };
    const outcome = await turnOver(pass);
    return outcome.kind === 'done' ? { ...outcome, ...asked(pass) } : outcome;
  },
};

async function turnOver(pass: TenantPass): Promise<Outcome> {
  const { registry } = pass.ports;
  const slug = pass.names.organizationAlias;
  const turn = turnOf(pass.rotation);
  // Nothing under way: the row that the pass began with says it all.
  if (turn === undefined) return { kind: 'done', message: said(pass.rotation) };
  let rotation = pass.rotation;
  return converge<Turn>(pass, {
    look: async () => {
      const row = await registry.registration(slug);
      if (row?.tenantId !== pass.tenantId)
        return { refused: { reason: 'Conflict', message: `The registry row of ${slug} was taken away or given to another tenant.` } };
      rotation = rotationAfter(pass.tenant, row, pass.now());
      pass.seen.rotation = rotation;
      const isDone = turn === 'out' ? row.credentialsOutAt !== undefined : row.previousGeneration === undefined;
      return { changes: isDone ? [] : [turn] };
    },
    apply: () => registry.update(pass.tenantId, changeOf(turn, pass.now())),
    describe: (each) => `credentials ${each}`,
    differences: (each) => [driftItem(`registry/${slug}`, 'credentials', each, pass.rotation.phase)],
    done: () => said(rotation),
  });
}

function turnOf({ phase }: Rotation): Turn | undefined {
  if (phase === 'begin' || phase === 'rolling-out') return 'out';
  return phase === 'ending' ? 'ended' : undefined;
}

function changeOf(turn: Turn, now: Date): Partial<CredentialRecord> {
  return turn === 'out' ? { credentialsOutAt: now } : { previousGeneration: undefined, credentialsOutAt: undefined };
}

/** Replicas that were started with the credentials of before, those that are just ending included. */
function podsOfBefore({ ports: { objects }, names, credentials }: TenantPass): number {
  return objects.podsWithout(names.organizationAlias, CREDENTIALS_ANNOTATION, credentials.for('postgres').fingerprint);
}

function said({ record, overlapUntil }: Rotation): string {
  const { credentialGeneration, credentialsRotatedAt } = record;
  const current = `Credentials of generation ${credentialGeneration}, of ${kubeTime(credentialsRotatedAt)}, are in use`;
  if (overlapUntil === undefined) return `${current}.`;
  return `${current}; those of generation ${credentialGeneration - 1} work until ${kubeTime(overlapUntil)}.`;
}

/** A request that was not carried out is told, and holds nothing up. */
function asked(pass: TenantPass): { readonly reason?: 'RotationPending' | 'RotationRefused'; readonly message?: string } {
  const rotation = pass.seen.rotation ?? pass.rotation;
  const now = said(rotation);
  if (rotation.request === 'refused')
    return {
      reason: 'RotationRefused',
      message: `${now} The annotation ${ANNOTATIONS.rotateRequestedAt} is no RFC 3339 time such as 2026-01-31T12:00:00Z; nothing was rotated.`,
    };
  if (rotation.request === 'pending') {
    const until = pass.tenant.spec.paused ? 'spec.paused is false' : 'the rotation under way has ended';
    return { reason: 'RotationPending', message: `${now} A further rotation was asked for and begins when ${until}.` };
  }
  return {};
}
