import { loginMark } from '../../kafka/login-mark.ts';
import { converge } from '../converge.ts';
import { describeKafkaAccessChange, kafkaAccessPlan, wantedAccess } from '../plans/kafka-access-plan.ts';
import type { Step } from '../step.ts';

/** The tenant's own Kafka user: its rights and its login. */
export const kafkaAccessStep: Step = {
  name: 'kafka-access',
  condition: 'KafkaAccessReady',
  run: ({ ports: { kafka }, names, spec, credentials, reportOnly }) => {
    const user = names.kafkaUser;
    const credential = credentials.for('kafka');
    const topics = spec.topics.map(({ name }) => name);
    const wanted = { user, entries: wantedAccess(names, topics), mark: loginMark(credential) };
    return converge(
      { reportOnly },
      {
        look: async () => {
          const [entries, marks] = await Promise.all([kafka.access(user), kafka.loginMarks(user)]);
          return kafkaAccessPlan(wanted, { entries, mark: marks.get(user) });
        },
        apply: async (changes) => {
          // What is too much goes first; the rest needs nothing of each other.
          for (const change of changes) if (change.kind === 'revoke') await kafka.revoke(change.entries);
          await Promise.all(
            changes.map((change) => {
              if (change.kind === 'revoke') return undefined;
              return change.kind === 'allow' ? kafka.allow(change.entries) : kafka.setLogin(user, credential);
            }),
          );
        },
        describe: describeKafkaAccessChange,
        done: () => `Kafka user ${user} may read ${names.kafkaPrefix}* and write its own topics, and nothing else.`,
      },
    );
  },
};
