import { setTimeout as pause } from 'node:timers/promises';
import { type Condition, GROUP, VERSION } from '@tenantry/contracts';
import type { KubeObject, Resource } from '../control/kube-object.ts';
import { TENANT_BACKUPS, TENANT_RESTORES, type TenantBackupObject, type TenantRestoreObject } from '../kubernetes/resources.ts';
import { type CommandContext, tenantOf } from './command-context.ts';
import { EXIT, PluginError } from './plugin-error.ts';
import type { Verdict } from './wait-until.ts';

const LOOK_EVERY_MS = 300;

/** `kubectl tenantry backup NAME` */
export async function backupCommand(context: CommandContext): Promise<number> {
  const { name } = (await tenantOf(context)).metadata;
  const spec = { tenantRef: { name } };
  return ask(context, TENANT_BACKUPS, { spec }, ({ status }: TenantBackupObject, ready): Verdict => {
    if (ready?.status === 'True') return { done: `${name} is backed up, proven by restoring it: ${status?.location}` };
    return ready?.reason === 'BackupStoreMissing' ? { refused: ready.message } : undefined;
  });
}

/** `kubectl tenantry restore NAME --from LOCATION` */
export async function restoreCommand(context: CommandContext): Promise<number> {
  const { name } = (await tenantOf(context)).metadata;
  const spec = { tenantRef: { name }, location: context.line.from ?? '' };
  return ask(context, TENANT_RESTORES, { spec }, ({ status }: TenantRestoreObject, ready): Verdict => {
    if (ready?.status === 'True') return { done: ready.message };
    return status?.finishedAt === undefined ? undefined : { refused: ready?.message ?? '' };
  });
}

/** Makes the request, and waits for what becomes of it. */
async function ask<T extends KubeObject & { readonly status?: { readonly conditions?: Condition[] | undefined } }>(
  context: CommandContext,
  kind: Resource<T>,
  { spec }: { readonly spec: object },
  judge: (request: T, ready: Condition | undefined) => Verdict,
): Promise<number> {
  const { api, line, print, tell, now } = context;
  const name = `${line.name}-${now().toISOString().slice(0, 19).replace(/[-:]/g, '').toLowerCase()}`;
  await api.create(kind, { apiVersion: `${GROUP}/${VERSION}`, kind: kind.kind, metadata: { name }, spec } as unknown as T);
  const answer = (message: string): number => {
    print(line.json ? JSON.stringify({ name, done: line.wait, message }, null, 2) : `${message}\n`);
    return EXIT.ok;
  };
  if (!line.wait) return answer(`${kind.kind} ${name}: asked for`);
  const deadline = now().getTime() + line.timeoutMs;
  for (let said = ''; now().getTime() < deadline; await pause(LOOK_EVERY_MS)) {
    const request = await api.get(kind, { name });
    if (request === undefined) throw new PluginError('failed', `somebody deleted ${kind.kind} ${name}`);
    const ready = request.status?.conditions?.find(({ type }) => type === 'Ready');
    const verdict = judge(request, ready);
    if (verdict !== undefined && 'done' in verdict) return answer(verdict.done);
    if (verdict !== undefined) throw new PluginError('notReady', verdict.refused);
    if (ready !== undefined && ready.message !== said) tell(ready.message);
    said = ready?.message ?? '';
  }
  throw new PluginError('failed', `not done after ${line.timeoutMs / 1000} s; it goes on without you: kubectl get ${kind.plural} ${name}`);
}
