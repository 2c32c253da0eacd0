import { type TenantNames, tenantOfKafkaUser } from '@tenantry/contracts';
import type { AccessEntry, ClientQuotas, KafkaAdministration } from '../kafka/port.ts';

/** What Kafka holds of a tenant's users. */
export interface FoundKafkaUsers {
  readonly entries: readonly AccessEntry[];
  readonly marks: ReadonlyMap<string, number>;
  readonly quotas: ReadonlyMap<string, ClientQuotas>;
}

/**
 * Everything of the user of this generation, of those just before and after it (a rotation that was cut short, or a registry restored from a
 * backup, leaves them), and of every other user of the tenant's that has quotas or rights on the tenant's prefix. Without a generation also of
 * every other that has a login, for which Kafka has to name everybody's.
 */
export async function foundKafkaUsers(kafka: KafkaAdministration, names: TenantNames, generation?: number): Promise<FoundKafkaUsers> {
  const users = [generation ?? 1, ...(generation === undefined || generation === 1 ? [] : [generation - 1])].map(names.kafkaUserOf);
  const logins = generation === undefined ? [undefined] : [...users, names.kafkaUserOf(generation + 1)];
  const [entries, onPrefix, marks, quotas] = await Promise.all([
    Promise.all(users.map((user) => kafka.access(user))),
    kafka.accessToPrefix(names.kafkaPrefix),
    Promise.all(logins.map((user) => kafka.loginMarks(user))),
    kafka.quotas(),
  ]);
  const isOwn = (user: string): boolean => tenantOfKafkaUser(user) === names.organizationAlias;
  const seen = [...marks.flatMap((each) => [...each.keys()]), ...onPrefix.map(({ user }) => user), ...quotas.keys()];
  const more = [...new Set(seen)].filter((user) => isOwn(user) && !users.includes(user));
  const [moreEntries, moreMarks] = await Promise.all([
    Promise.all(more.map((user) => kafka.access(user))),
    Promise.all(more.map((user) => kafka.loginMarks(user))),
  ]);
  return {
    entries: [...entries, ...moreEntries].flat(),
    marks: new Map([...marks, ...moreMarks].flatMap((each) => [...each]).filter(([user]) => isOwn(user))),
    quotas: new Map([...quotas].filter(([user]) => isOwn(user))),
  };
}

/** Rights first, because open connections live by them; logins last, because a further try finds by them what is left. */
export async function removeKafkaUsers(kafka: KafkaAdministration, names: TenantNames): Promise<void> {
  const { entries, marks, quotas } = await foundKafkaUsers(kafka, names);
  if (entries.length > 0) await kafka.revoke(entries);
  for (const [user, found] of quotas) await kafka.setQuotas(user, {}, Object.keys(found));
  for (const user of marks.keys()) await kafka.deleteLogin(user);
}
