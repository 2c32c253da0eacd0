import { loginMark } from '../../kafka/login-mark.ts';
import { converge } from '../converge.ts';
import { foundKafkaUsers } from '../found-kafka-users.ts';
import { kafkaAccessDifferences } from '../plans/kafka-access-differences.ts';
import { describeKafkaAccessChange, type KafkaAccessChange, kafkaAccessPlan, wantedAccess } from '../plans/kafka-access-plan.ts';
import type { Step } from '../step.ts';

/** The tenant's own Kafka users, one for each credential generation that works: their rights and their logins. */
export const kafkaAccessStep: Step = {
  name: 'kafka-access',
  condition: 'KafkaAccessReady',
  run: ({ ports: { kafka }, names, spec, credentials, isNew, reportOnly }) => {
    const topics = spec.topics.map(({ name }) => name);
    // On a shared topic Kafka cannot tell whose record is whose: who shares one has no way in.
    const generations = spec.topicMode === 'Shared' ? [] : credentials.generations;
    const logins = generations.map((generation) => {
      const credential = credentials.for('kafka', generation);
      return { user: names.kafkaUserOf(generation), credential, mark: loginMark(credential) };
    });
    const wanted = { entries: logins.flatMap(({ user }) => wantedAccess(names, topics, user)), logins, quotas: spec.kafkaQuotas };
    const apply = async (change: KafkaAccessChange): Promise<void> => {
      if (change.kind === 'revoke') return;
      if (change.kind === 'allow') return kafka.allow(change.entries);
      if (change.kind === 'quotas') return kafka.setQuotas(change.user, change.set, change.remove);
      const login = logins.find(({ user }) => user === change.user);
      return login === undefined ? kafka.deleteLogin(change.user) : kafka.setLogin(login.user, login.credential);
    };
    return converge(
      { reportOnly },
      {
        whenNew: isNew ? kafkaAccessPlan(wanted, { entries: [], marks: new Map() }) : undefined,
        look: async () => kafkaAccessPlan(wanted, await foundKafkaUsers(kafka, names, credentials.generation)),
        apply: async (changes) => {
          // What is too much goes first; the rest needs nothing of each other.
          for (const change of changes) if (change.kind === 'revoke') await kafka.revoke(change.entries);
          await Promise.all(changes.map(apply));
        },
        describe: describeKafkaAccessChange,
        differences: kafkaAccessDifferences,
        done: () =>
          logins.length === 0
            ? 'Tenants that share a topic have no Kafka user.'
            : `Kafka user ${logins.map(({ user }) => user).join(' and ')} may read ${names.kafkaPrefix}* and write its own topics, and nothing else.`,
      },
    );
  },
};
