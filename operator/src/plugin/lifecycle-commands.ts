import { GROUP, VERSION } from '@tenantry/contracts';
import { fieldConflicts } from '../control/field-conflicts.ts';
import { isKubeError, type KubeError } from '../control/kube-error.ts';
import { TENANTS, type TenantObject } from '../kubernetes/resources.ts';
import { type CommandContext, PLUGIN_FIELD_MANAGER, tenantOf } from './command-context.ts';
import { EXIT, PluginError } from './plugin-error.ts';
import { readyForSpec, waitUntil } from './wait-until.ts';

/** `kubectl tenantry suspend NAME --reason TEXT` */
export async function suspendCommand(context: CommandContext): Promise<number> {
  return changeState(context, { state: 'Suspended', reason: context.line.reason }, 'is suspended: nobody is served, the data is kept');
}

/** `kubectl tenantry resume NAME` */
export async function resumeCommand(context: CommandContext): Promise<number> {
  return changeState(context, { state: 'Active' }, 'is active and answers');
}

async function changeState(context: CommandContext, lifecycle: object, done: string): Promise<number> {
  const { api, line } = context;
  const before = await tenantOf(context);
  const { name, uid } = before.metadata;
  const wish = { apiVersion: `${GROUP}/${VERSION}`, kind: 'Tenant', metadata: { name, uid }, spec: { lifecycle } };
  try {
    await api.apply(TENANTS, wish as unknown as TenantObject, { fieldManager: PLUGIN_FIELD_MANAGER, force: line.force });
  } catch (error) {
    if (isKubeError(error, 'Conflict'))
      throw new PluginError('failed', `${ownersText(error)}. Change it there, or take it over with --force (who owns it may put it back)`, {
        cause: error,
      });
    throw error;
  }
  const said = `${name} ${done}`;
  return finish(context, said, line.wait ? await waitUntil(context, (tenant) => readyForSpec(tenant, said)) : `${name}: asked for`);
}

async function finish({ line, print }: CommandContext, done: string, message: string): Promise<number> {
  print(line.json ? JSON.stringify({ tenant: line.name, done: message === done, message }, null, 2) : `${message}\n`);
  return EXIT.ok;
}

function ownersText(error: KubeError): string {
  const owners = fieldConflicts(error).map(({ field, message }) => `${field} is not yours: ${message}`);
  return owners.length > 0 ? owners.join('; ') : error.message;
}
