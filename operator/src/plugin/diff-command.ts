import { readFile } from 'node:fs/promises';
import { loadAllYaml } from '@kubernetes/client-node';
import { GROUP, VERSION } from '@tenantry/contracts';
import { isKubeError } from '../control/kube-error.ts';
import type { KubeObject, Resource } from '../control/kube-object.ts';
import { type ObjectChange, objectChanges } from '../control/object-changes.ts';
import { TENANT_CLASSES, TENANTS, type TenantObject } from '../kubernetes/resources.ts';
import { type CommandContext, tenantOf } from './command-context.ts';
import { driftLines } from './explanation-text.ts';
import { EXIT, PluginError } from './plugin-error.ts';

/** One field that applying a file would change. */
export interface ManifestChange extends ObjectChange {
  readonly object: string;
}

/** As `kubectl apply --server-side` would write it. */
const KUBECTL_FIELD_MANAGER = 'kubectl';

/** `kubectl tenantry diff NAME [-f FILE]` */
export async function diffCommand(context: CommandContext): Promise<number> {
  const { line, print } = context;
  const tenant = await tenantOf(context);
  const drift = tenant.status?.drift ?? { count: 0, items: [] };
  const changes = line.file === undefined ? undefined : await manifestChanges(context, line.file, tenant);
  if (line.json) print(JSON.stringify({ tenant: tenant.metadata.name, drift, ...(changes && { changes }) }, null, 2));
  else print([...driftText(tenant, drift), ...(changes === undefined ? [] : changesText(line.file ?? '', changes)), ''].join('\n'));
  return drift.count === 0 && (changes ?? []).length === 0 ? EXIT.ok : EXIT.notReady;
}

/** What applying the file would change, as the API server says it (defaults, validation and policies included); nothing is stored. */
async function manifestChanges({ api }: CommandContext, file: string, tenant: TenantObject): Promise<ManifestChange[]> {
  const ours = readManifests(await textOf(file), file).filter(({ apiVersion }) => apiVersion === `${GROUP}/${VERSION}`);
  const wanted = ours.filter(
    ({ kind, metadata }) => kind === 'TenantClass' || (kind === 'Tenant' && metadata.name === tenant.metadata.name),
  );
  if (wanted.length === 0) throw new PluginError('failed', `${file} has no Tenant ${tenant.metadata.name} and no TenantClass`);
  const changes: ManifestChange[] = [];
  for (const object of wanted) {
    const resource = (object.kind === 'Tenant' ? TENANTS : TENANT_CLASSES) as Resource<KubeObject>;
    const before = await api.get(resource, { name: object.metadata.name });
    const { object: after } = await api
      .apply(resource, object, { fieldManager: KUBECTL_FIELD_MANAGER, dryRun: true, force: false })
      .catch((error: unknown) => {
        if (isKubeError(error, 'Conflict', 'Invalid', 'BadRequest', 'Forbidden'))
          throw new PluginError('failed', `${object.kind} ${object.metadata.name} in ${file} would be refused: ${error.message}`, {
            cause: error,
          });
        throw error;
      });
    const name = `${object.kind} ${object.metadata.name}`;
    changes.push(...objectChanges(before, after).map((change) => ({ object: name, ...change })));
  }
  return changes;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PluginError('failed', `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`, { cause: error });
  }
}

function readManifests(text: string, file: string): KubeObject[] {
  try {
    return (loadAllYaml(text) as (KubeObject | null)[]).filter((each) => each !== null);
  } catch (error) {
    throw new PluginError('failed', `${file} is no YAML: ${error instanceof Error ? error.message.split('\n')[0] : error}`, {
      cause: error,
    });
  }
}

function driftText({ metadata, status }: TenantObject, drift: NonNullable<NonNullable<TenantObject['status']>['drift']>): string[] {
  if (drift.count > 0) return driftLines(drift).slice(1);
  const isSeen = status?.observedGeneration === metadata.generation;
  return [isSeen ? 'Nothing outside differs from the spec.' : 'The operator has not looked at the newest spec yet.'];
}

function changesText(file: string, changes: readonly ManifestChange[]): string[] {
  if (changes.length === 0) return [`Applying ${file} would change nothing.`];
  const text = (value: unknown) => (value === undefined ? 'unset' : JSON.stringify(value));
  return [
    '',
    `Applying ${file} would change ${changes.length} ${changes.length === 1 ? 'field' : 'fields'}`,
    ...changes.map(({ object, path, before, after }) => `  ${object}  ${path}: ${text(before)} → ${text(after)}`),
  ];
}
