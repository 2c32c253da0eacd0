import type { Step } from './step.ts';
import { cacheStep } from './steps/cache-step.ts';
import { credentialsStep } from './steps/credentials-step.ts';
import { eventsTopicStep } from './steps/events-topic-step.ts';
import { filesStep } from './steps/files-step.ts';
import { grantsStep } from './steps/grants-step.ts';
import { identityStep } from './steps/identity-step.ts';
import { kafkaAccessStep } from './steps/kafka-access-step.ts';
import { migrateStep } from './steps/migrate-step.ts';
import { probeStep } from './steps/probe-step.ts';
import { queuesStep } from './steps/queues-step.ts';
import { registryStep } from './steps/registry-step.ts';
import { rolesStep } from './steps/roles-step.ts';
import { schemaStep } from './steps/schema-step.ts';
import { secretStep } from './steps/secret-step.ts';
import { topicsStep } from './steps/topics-step.ts';
import { workloadStep } from './steps/workload-step.ts';

/** What a tenant needs, in the order it is made. */
export const TENANT_STEPS: readonly Step[] = [
  rolesStep,
  schemaStep,
  migrateStep,
  grantsStep,
  topicsStep,
  kafkaAccessStep,
  queuesStep,
  cacheStep,
  filesStep,
  identityStep,
  secretStep,
  workloadStep,
  registryStep,
  probeStep,
  credentialsStep,
  eventsTopicStep,
];
