import { tenantNames } from '@tenantry/contracts';
import type { KafkaAdministration } from '@tenantry/operator/kafka/port.ts';
import type { IdentityAdministration } from '@tenantry/operator/keycloak/port.ts';
import { inParallel, withPatience } from './in-parallel.ts';

/** Requests under way at the same time, and access entries of one request. */
const WIDTH = 4;
const ENTRIES = 300;

/** What tenants have in the servers that everyone on the machine shares; looked for once for all of them. Their database goes as a whole. */
export async function removeInBulk(
  { kafka, identity }: { readonly kafka: KafkaAdministration; readonly identity: IdentityAdministration },
  cell: string,
  slugs: readonly string[],
): Promise<void> {
  if (slugs.length === 0) return;
  const all = slugs.map((slug) => tenantNames(slug, cell));
  const aliases = new Set(all.map(({ organizationAlias }) => organizationAlias));
  const clientIds = new Set(all.map(({ machineClientId }) => machineClientId));
  const users = new Set(all.map(({ kafkaUser }) => kafkaUser));
  const organizations = (await withPatience(() => identity.organizations())).filter(({ alias }) => aliases.has(alias));
  const clients = (await withPatience(() => identity.machineClients())).filter(({ clientId }) => clientIds.has(clientId));
  await inParallel(clients, WIDTH, ({ id }) => withPatience(() => identity.deleteMachineClient(id)));
  await inParallel(organizations, WIDTH, ({ id }) => withPatience(() => identity.deleteOrganization(id)));
  const prefixes = new Set(slugs);
  const topics = [...(await kafka.topics()).keys()].filter((topic) => prefixes.has(topic.split('.')[0] ?? ''));
  await inParallel(topics, WIDTH, (topic) => withPatience(() => kafka.deleteTopic(topic)));
  const entries = (await kafka.access()).filter(({ user }) => users.has(user));
  for (let first = 0; first < entries.length; first += ENTRIES) await kafka.revoke(entries.slice(first, first + ENTRIES));
  const quotas = await kafka.quotas();
  for (const [user, set] of quotas) if (users.has(user)) await kafka.setQuotas(user, {}, Object.keys(set));
  const logins = [...(await kafka.loginMarks()).keys()].filter((user) => users.has(user));
  await inParallel(logins, WIDTH, (user) => withPatience(() => kafka.deleteLogin(user)));
}
