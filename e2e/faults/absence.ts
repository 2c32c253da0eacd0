/** Parts of the platform that customers' reads and writes do not need: what they do need is PostgreSQL. */
export const DISPENSABLE = ['redis', 's3', 'kafka', 'rabbitmq', 'mongo', 'keycloak', 'kube-apiserver'] as const;

/**
 * `frozen`: connections stay open and nothing answers, the worse of the two. `gone`: SIGKILL; connections are refused. Redis also `flushed`: it has
 * forgotten everything; and `full`: it refuses every write.
 */
export type Absence =
  | { readonly part: (typeof DISPENSABLE)[number]; readonly how: 'frozen' | 'gone' }
  | { readonly part: 'redis'; readonly how: 'flushed' | 'full' };
