import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { conditionsPage } from './conditions-page.ts';
import { eventApi } from './event-api.ts';
import { eventsPage } from './events-page.ts';
import { httpApi } from './http-api.ts';
import { metricsPage } from './metrics-page.ts';
import { problemsPage } from './problems-page.ts';
import { type CustomResourceDefinition, resourcePage } from './resource-page.ts';

const root = join(import.meta.dirname, '..', '..');

/** Path in the repository → text, of every file that is made from another one. A new generator is added here and nowhere else. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/http-api.json', httpApi(await version())],
    ['docs/reference/event-api.json', eventApi(await version())],
    ['docs/reference/problems.md', problemsPage()],
    ['docs/reference/events.md', eventsPage()],
    ['docs/reference/conditions.md', conditionsPage()],
    ['docs/reference/metrics.md', metricsPage()],
    ['docs/reference/tenant-resource.md', resourcePage(await definition('tenants'), 'crds/tenantry.dev_tenants.yaml')],
    ['docs/reference/tenant-class.md', resourcePage(await definition('tenantclasses'), 'crds/tenantry.dev_tenantclasses.yaml')],
    ['docs/reference/tenant-access.md', resourcePage(await definition('tenantaccesses'), 'crds/tenantry.dev_tenantaccesses.yaml')],
    ['docs/reference/tenant-backup.md', resourcePage(await definition('tenantbackups'), 'crds/tenantry.dev_tenantbackups.yaml')],
    ['docs/reference/tenant-restore.md', resourcePage(await definition('tenantrestores'), 'crds/tenantry.dev_tenantrestores.yaml')],
  ]);
}

async function version(): Promise<string> {
  return (JSON.parse(await readFile(join(root, 'tenant-service/package.json'), 'utf8')) as { version: string }).version;
}

async function definition(plural: string): Promise<CustomResourceDefinition> {
  return parse(await readFile(join(root, `crds/tenantry.dev_${plural}.yaml`), 'utf8')) as CustomResourceDefinition;
}
