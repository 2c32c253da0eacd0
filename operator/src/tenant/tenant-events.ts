import type { Reason, TenantStatus } from '@tenantry/contracts';
import type { EventRecorder } from '../control/event-recorder.ts';
import type { KubeObject } from '../control/kube-object.ts';
import type { Summary } from './status.ts';

/** Events of a Tenant: one per transition, never per pass. */
export class TenantEvents {
  readonly #recorder: Pick<EventRecorder, 'record'>;

  constructor(recorder: Pick<EventRecorder, 'record'>) {
    this.#recorder = recorder;
  }

  normal(regarding: KubeObject, reason: Reason, action: string, note: string): void {
    this.#recorder.record(regarding, { type: 'Normal', reason, action, note });
  }

  warning(regarding: KubeObject, reason: Reason, action: string, note: string): void {
    this.#recorder.record(regarding, { type: 'Warning', reason, action, note });
  }

  /** Tells that new credentials are out, and that the ones before have ended. */
  credentials(regarding: KubeObject, before: TenantStatus['credentials'], after: TenantStatus['credentials']): void {
    if (after?.generation === undefined) return;
    const previous = after.generation - 1;
    if (after.overlapUntil !== undefined && before?.overlapUntil === undefined)
      this.normal(
        regarding,
        'CredentialsRotated',
        'Rotate',
        `Credentials of generation ${after.generation} are in the Secret and in use; those of generation ${previous} work until ${after.overlapUntil}.`,
      );
    if (after.overlapUntil === undefined && before?.overlapUntil !== undefined && before.generation === after.generation)
      this.normal(regarding, 'CredentialsRetired', 'Rotate', `Credentials of generation ${previous} work no more.`);
  }

  /** Tells of a change of `Ready`; silent when nothing changed. `isFirstTime`: this process has not seen the tenant Ready before. */
  transition(
    regarding: KubeObject,
    before: { readonly status: string; readonly reason: string } | undefined,
    { ready, stalled }: Summary,
    isFirstTime = false,
  ): void {
    if (before?.status === ready.status && before.reason === ready.reason) return;
    if (ready.status === 'True') this.normal(regarding, isFirstTime ? 'Provisioned' : ready.reason, 'Reconcile', ready.message);
    else if (stalled || ['ApplyFailed', 'ObservationFailed', 'DriftReported'].includes(ready.reason))
      this.warning(regarding, ready.reason, 'Reconcile', ready.message);
  }
}
