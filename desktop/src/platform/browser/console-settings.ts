import { z } from 'zod';
import { ENVIRONMENT_KINDS } from '../environment.ts';

/** What the page of the web console is told by the server it comes from: the one environment it works with. It holds addresses and no secrets. */
export const ConsoleSettings = z.strictObject({
  name: z.string().min(1).max(60),
  kind: z.enum(ENVIRONMENT_KINDS),
  /** Issuer of the tenants' realm, and the public client the page signs in as. */
  issuer: z.url(),
  clientId: z.string().min(1),
});

export type ConsoleSettings = z.infer<typeof ConsoleSettings>;

/** Where the page asks for them, at its own origin. */
export const CONSOLE_SETTINGS_PATH = '/console.json';
