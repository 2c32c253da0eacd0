import { OPERATOR_SERVICE } from '@tenantry/contracts';
import { z } from 'zod';

/** How much a mistake costs there: it colours the bar on top, and in production dangerous actions want the name typed. */
export const ENVIRONMENT_KINDS = ['production', 'staging', 'development'] as const;
export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number];

const DnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);

/** As the API server's proxy names it: a port that has a name is named behind a colon, https before one: `https:prometheus:web`. */
const ServicePort = z.string().regex(/^(https?:)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/);

/** One installation of the platform that a person works with. It holds addresses and no secrets. */
export const Environment = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  name: z.string().min(1).max(60),
  kind: z.enum(ENVIRONMENT_KINDS),
  /** Of the tenants' people: issuer of the realm, and where the shared replicas of the api answer. */
  tenants: z.strictObject({ issuer: z.url(), clientId: z.string().default('tenantry-desktop'), apiUrl: z.url() }),
  /** Of the platform's staff: absent where only the tenant view is used. */
  staff: z
    .strictObject({
      issuer: z.url(),
      clientId: z.string().default('tenantry-desktop'),
      kubernetesUrl: z.url(),
      /** Where moving numbers are kept, asked through the API server. */
      prometheus: z.strictObject({ namespace: DnsLabel, service: ServicePort }).default({ namespace: 'monitoring', service: 'prometheus' }),
      /** Whom to ask what a tenant has in its stores, in the same way. */
      operator: z.strictObject({ namespace: DnsLabel, service: ServicePort }).default(OPERATOR_SERVICE),
    })
    .optional(),
  /** PEM of authorities trusted besides the machine's own, for installations with certificates of their own. */
  certificateAuthorities: z.string().optional(),
});

export type Environment = z.infer<typeof Environment>;

/** What the window knows of an environment. */
export type EnvironmentView = Pick<Environment, 'id' | 'name' | 'kind'> & {
  /** Whether the platform view can be opened there. */
  readonly hasPlatformView: boolean;
};

/** @param environment as its file has it */
export function environmentView(environment: Environment): EnvironmentView {
  const { id, name, kind } = environment;
  return { id, name, kind, hasPlatformView: environment.staff !== undefined };
}
