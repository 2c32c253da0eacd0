import { z } from 'zod';
import { ConsoleSettings } from '../platform/browser/console-settings.ts';

const Environment = z.object({
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce.number().int().min(1).max(65535).default(28173),
  API_URL: z.url({ protocol: /^https?$/ }),
  ISSUER: z.url({ protocol: /^https$/, error: 'must begin with https://: people type their passwords there' }),
  CLIENT_ID: z.string().min(1).default('tenantry-web-console'),
  ENVIRONMENT_NAME: ConsoleSettings.shape.name.default('Tenantry'),
  ENVIRONMENT_KIND: ConsoleSettings.shape.kind.default('production'),
});

/** What the process is told. */
export interface ConsoleConfig {
  readonly host: string;
  readonly port: number;
  /** Where the shared replicas answer, seen from here. */
  readonly apiUrl: string;
  readonly settings: ConsoleSettings;
}

/** The only reader of the environment. @throws with everything that is wrong in it */
export function readConsoleConfig(environment: NodeJS.ProcessEnv): ConsoleConfig {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) throw new Error(`the configuration is wrong:\n${z.prettifyError(parsed.error)}`);
  const { HOST, PORT, API_URL, ISSUER, CLIENT_ID, ENVIRONMENT_NAME, ENVIRONMENT_KIND } = parsed.data;
  return {
    host: HOST,
    port: PORT,
    apiUrl: API_URL,
    settings: { name: ENVIRONMENT_NAME, kind: ENVIRONMENT_KIND, issuer: ISSUER, clientId: CLIENT_ID },
  };
}
