import { loginMark } from '../../kafka/login-mark.ts';
import { converge } from '../converge.ts';
import { describeKafkaAccessChange, kafkaAccessPlan, wantedAccess } from '../plans/kafka-access-plan.ts';
import type { Step } from '../step.ts';

/** The tenant's own Kafka user: its rights first, then the login that makes it usable. */
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
          for (const change of changes) {
            if (change.kind === 'revoke') await kafka.revoke(change.entries);
            else if (change.kind === 'allow') await kafka.allow(change.entries);
            else await kafka.setLogin(user, credential);
          }
        },
        describe: describeKafkaAccessChange,
        done: () => `Kafka user ${user} may read ${names.kafkaPrefix}* and write its own topics, and nothing else.`,
      },
    );
  },
};
