import { type Reason, STATUS_FIELD_MANAGER, type StaffLeft, TenantAccessSpec } from '@tenantry/contracts';
import type { ReconcileResult } from '../control/controller.ts';
import type { KubeApi } from '../control/kube-api.ts';
import { kubeTime } from '../control/kube-time.ts';
import { patchStatus } from '../control/server-side-apply.ts';
import type { IdentityAdministration } from '../keycloak/port.ts';
import { TENANT_ACCESSES, type TenantAccessObject, type TenantObject } from '../kubernetes/resources.ts';
import { isOpen } from '../postgres/pg-staff-access.ts';
import type { Registration, Registry, StaffAccess, StaffAccessRecords } from '../postgres/port.ts';
import { isNobodysTenant } from '../tenant/is-nobodys-tenant.ts';
import type { TenantEvents } from '../tenant/tenant-events.ts';
import { type AccessState, accessStatus, accessUntil, LEFT_BECAUSE } from './access-status.ts';

/** How soon it is looked again whether somebody can be let in now. */
const TRY_AGAIN_MS = 10_000;

/** What a reconciler is made of. */
export interface TenantAccessReconcilerParts {
  readonly api: Pick<KubeApi, 'get' | 'apply'>;
  readonly accesses: { readonly get: (name: string) => TenantAccessObject | undefined };
  /** Those this operator handles. */
  readonly tenants: { readonly get: (name: string) => TenantObject | undefined };
  readonly registry: Pick<Registry, 'registration'>;
  readonly records: StaffAccessRecords;
  readonly identity: Pick<
    IdentityAdministration,
    'account' | 'isMember' | 'groups' | 'groupMembers' | 'addMember' | 'joinGroup' | 'removeMember'
  >;
  readonly events: TenantEvents;
  readonly assertLeading: () => void;
  /** Who is in is looked for again after this time: somebody may have shown them out. */
  readonly lookAgainMs: number;
  /** Says of a tenant that no operator handles that there is none. */
  readonly isDefault: boolean;
  readonly now?: () => Date;
}

/**
 * Lets staff into tenants and takes them out again. A controller of its own beside the tenant's: a tenant that is paused, failing or waiting keeps nobody
 * in. The row in the cell is written before anything else is done and closed after everything is undone, so this may be killed after any line and run again,
 * and the TenantAccess may be gone: it needs no finalizer.
 */
export class TenantAccessReconciler {
  readonly #parts: TenantAccessReconcilerParts;
  readonly #now: () => Date;

  constructor(parts: TenantAccessReconcilerParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
  }

  async reconcile(name: string): Promise<ReconcileResult | undefined> {
    const { accesses, records } = this.#parts;
    const found = accesses.get(name);
    const stored = found?.metadata.deletionTimestamp === undefined ? found : undefined;
    for (const row of await records.inside(name)) if (row.id !== stored?.metadata.uid) await this.#dismiss(row, 'left');
    if (stored === undefined) return undefined;

    const access: TenantAccessObject = { ...stored, spec: TenantAccessSpec.parse(stored.spec) };
    const state = await this.#state(access);
    if (state === undefined) return undefined;
    await this.#write(access, state);
    if (state.kind === 'ended') return undefined;
    const leftMs = Math.max(0, accessUntil(access).getTime() - this.#now().getTime());
    return { requeueAfterMs: Math.min(leftMs, state.kind === 'inside' ? this.#parts.lookAgainMs : TRY_AGAIN_MS) };
  }

  /** Undefined when it is another operator's business. */
  async #state(access: TenantAccessObject): Promise<AccessState | undefined> {
    const { registry, records } = this.#parts;
    const { uid = '' } = access.metadata;
    const row = await records.access(uid);
    if (row?.endedAt !== undefined) return endedOf(row, row.endedAt);
    const isOver = this.#now() >= accessUntil(access);
    if (row !== undefined) {
      const registration = await registry.registration(row.slug);
      if (isOver) return this.#dismiss(row, 'expired');
      if (registration?.tenantId !== row.tenantId || !isOpen(registration.state)) return this.#dismiss(row, 'tenant-closed');
      return this.#inside(row);
    }

    const slug = access.spec.tenantRef.name;
    const tenant = this.#parts.tenants.get(slug);
    if (tenant === undefined && !(await isNobodysTenant(this.#parts, slug))) return undefined;
    if (isOver || isSaidToBeOver(access))
      return { kind: 'ended', because: 'expired', enteredAt: undefined, endedAt: endedAtOf(access) ?? this.#now() };
    const registration = tenant && (await registry.registration(slug));
    if (tenant === undefined || registration === undefined) return outside('TenantNotOpen', `There is no tenant ${slug}.`);
    return this.#admit(access, registration);
  }

  async #admit(access: TenantAccessObject, registration: Registration): Promise<AccessState> {
    const { identity, records } = this.#parts;
    const { email, role, reason, requestedBy } = access.spec;
    const { tenantId, slug, organizationId, state } = registration;
    if (organizationId === undefined || !isOpen(state)) return outside('TenantNotOpen', `Tenant ${slug} is ${words(state)}.`);
    const account = await identity.account(email);
    if (account === undefined) return outside('NoAccount', `No account of the tenants’ realm has the address ${email}.`);
    if (!account.enabled) return outside('NoAccount', `The account with the address ${email} is switched off.`);
    // Else whoever can make an account with somebody's address would be let in as them.
    if (!account.emailVerified)
      return outside('NoAccount', `The account with the address ${email} has not shown that the address is its own.`);
    // Without a row of ours the membership is somebody else's, and must outlast this access.
    if (await identity.isMember(organizationId, account.id))
      return (await this.#isInside(tenantId, account.id))
        ? outside('AlreadyInside', `${email} is in ${slug} by another TenantAccess.`)
        : outside('AlreadyMember', `${email} is a member of ${slug} already.`);
    const { uid: id = '', name } = access.metadata;
    const until = accessUntil(access);
    const asked = { id, name, tenantId, slug, organizationId, subject: account.id, email, role, reason, requestedBy, until };
    // Another access of the person came first, or the tenant was closed in between: the next pass sees which.
    if (!(await records.admit(asked))) return outside('AlreadyInside', `${email} cannot enter ${slug} at this moment.`);
    const note = `${email} was let in as ${role} until ${kubeTime(until)}, as ${requestedBy} asked: ${reason}`;
    this.#tell(slug, 'StaffEntered', 'Enter', note);
    return this.#inside({ ...asked, enteredAt: undefined, endedAt: undefined, because: undefined });
  }

  /** In, or back in a moment after a crash; shown out stays shown out. */
  async #inside(row: StaffAccess): Promise<AccessState> {
    const { identity, records } = this.#parts;
    const { organizationId, subject, role } = row;
    if (row.enteredAt !== undefined) {
      if (await identity.isMember(organizationId, subject)) return { kind: 'inside', enteredAt: row.enteredAt };
      return this.#dismiss(row, 'shown-out');
    }
    const group = (await identity.groups(organizationId)).get(role);
    if (group === undefined) throw new Error(`organization ${row.slug} has no group ${role}`);
    if (!(await identity.isMember(organizationId, subject))) await identity.addMember(organizationId, subject);
    if (!(await identity.groupMembers(organizationId, group)).includes(subject)) await identity.joinGroup(organizationId, group, subject);
    const enteredAt = this.#now();
    await records.entered(row.id, enteredAt);
    return { kind: 'inside', enteredAt };
  }

  /** Tokens first, then the membership, then the row: whatever is cut short, the person is out and the rest is done by the next pass. */
  async #dismiss(row: StaffAccess, because: StaffLeft): Promise<AccessState> {
    const { identity, records } = this.#parts;
    const { organizationId, subject } = row;
    await records.refuseTokens(row);
    await identity.removeMember(organizationId, subject);
    const endedAt = this.#now();
    await records.dismissed(row, because, endedAt);
    this.#tell(row.slug, 'StaffLeft', 'Leave', `${row.email}, who was let in as ${row.role}, is in no more: ${LEFT_BECAUSE[because]}.`);
    return endedOf({ ...row, because }, endedAt);
  }

  async #isInside(tenantId: string, subject: string): Promise<boolean> {
    return (await this.#parts.records.inside()).some((row) => row.tenantId === tenantId && row.subject === subject);
  }

  #tell(slug: string, reason: Reason, action: string, note: string): void {
    const tenant = this.#parts.tenants.get(slug);
    if (tenant !== undefined) this.#parts.events.normal(tenant, reason, action, note);
  }

  async #write(access: TenantAccessObject, state: AccessState): Promise<void> {
    this.#parts.assertLeading();
    const status = accessStatus(access, state, this.#now());
    await patchStatus(this.#parts.api, { resource: TENANT_ACCESSES, current: access, status, fieldManager: STATUS_FIELD_MANAGER });
  }
}

function outside(reason: Reason, message: string): AccessState {
  return { kind: 'outside', reason, message };
}

function endedOf({ because = 'left', enteredAt }: Pick<StaffAccess, 'because' | 'enteredAt'>, endedAt: Date): AccessState {
  return { kind: 'ended', because, enteredAt, endedAt };
}

/** An access without a row that said so before: its clock may not be turned back. */
function isSaidToBeOver({ status }: TenantAccessObject): boolean {
  return status?.endedAt !== undefined;
}

function endedAtOf({ status }: TenantAccessObject): Date | undefined {
  return status?.endedAt === undefined ? undefined : new Date(status.endedAt);
}

function words(state: Registration['state']): string {
  return state === 'Provisioning' ? 'not open yet' : state.toLowerCase();
}
