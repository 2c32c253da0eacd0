import type { KubeApi } from '../control/kube-api.ts';
import { TENANTS, type TenantObject } from '../kubernetes/resources.ts';
import type { CommandLine } from './command-line.ts';
import { PluginError } from './plugin-error.ts';

/** What every command works with. */
export interface CommandContext {
  readonly api: KubeApi;
  readonly line: CommandLine;
  /** Results, on standard output. */
  readonly print: (text: string) => void;
  /** Progress, on standard error. */
  readonly tell: (text: string) => void;
  readonly now: () => Date;
}

/** Fields the plugin sets are its own; who else owns one is told before it is taken. */
export const PLUGIN_FIELD_MANAGER = 'kubectl-tenantry';

/** The tenant the command is about. @throws PluginError when there is none. */
export async function tenantOf({ api, line }: Pick<CommandContext, 'api' | 'line'>): Promise<TenantObject> {
  const name = line.name ?? '';
  const tenant = await api.get(TENANTS, { name });
  if (tenant === undefined) throw new PluginError('failed', `there is no Tenant ${name}`);
  return tenant;
}
