import { ANNOTATIONS } from '@tenantry/contracts';
import { TENANTS } from '../kubernetes/resources.ts';
import { type CommandContext, PLUGIN_FIELD_MANAGER, tenantOf } from './command-context.ts';
import { EXIT } from './plugin-error.ts';
import { type Verdict, waitUntil } from './wait-until.ts';

/** `kubectl tenantry rotate NAME` */
export async function rotateCommand(context: CommandContext): Promise<number> {
  const before = await tenantOf(context);
  const generation = before.status?.credentials?.generation ?? 1;
  return request(context, ANNOTATIONS.rotateRequestedAt, (tenant): Verdict => {
    const { credentials, conditions } = tenant.status ?? {};
    const current = conditions?.find(({ type }) => type === 'CredentialsCurrent');
    if (current?.reason === 'RotationRefused') return { refused: current.message };
    if ((credentials?.generation ?? 1) <= generation || current?.status !== 'True') return undefined;
    const until = credentials?.overlapUntil;
    return { done: `${tenant.metadata.name} has new credentials${until === undefined ? '' : `; the old ones work until ${until}`}` };
  });
}

/** `kubectl tenantry reconcile NAME` */
export async function reconcileCommand(context: CommandContext): Promise<number> {
  return request(context, ANNOTATIONS.reconcileRequestedAt, (tenant, requested): Verdict => {
    if (tenant.status?.lastHandledReconcileAt !== requested) return undefined;
    const ready = tenant.status.conditions?.find(({ type }) => type === 'Ready');
    return { done: `${tenant.metadata.name} was looked at: ${ready?.message ?? 'nothing is said of it'}` };
  });
}

/** Any new value is a request; by custom it is the time. */
async function request(
  context: CommandContext,
  annotation: string,
  judge: (tenant: Awaited<ReturnType<typeof tenantOf>>, requested: string) => Verdict,
): Promise<number> {
  const { api, line, print } = context;
  const { name } = (await tenantOf(context)).metadata;
  const requested = context.now().toISOString();
  await api.patch(TENANTS, { name }, { metadata: { annotations: { [annotation]: requested } } }, { fieldManager: PLUGIN_FIELD_MANAGER });
  const message = line.wait ? await waitUntil(context, (tenant) => judge(tenant, requested)) : `${name}: asked for`;
  print(line.json ? JSON.stringify({ tenant: name, done: line.wait, message }, null, 2) : `${message}\n`);
  return EXIT.ok;
}
