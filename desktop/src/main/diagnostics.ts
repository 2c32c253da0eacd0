import type { SessionView } from '../platform/bridge.ts';
import type { Environment } from '../platform/environment.ts';
import { type LogLine, withoutSecretsIn } from './desktop-log.ts';

export interface DiagnosticsInput {
  readonly at: Date;
  readonly versions: Readonly<Record<string, string>>;
  readonly environment: Environment;
  readonly sessions: readonly SessionView[];
  readonly lines: readonly LogLine[];
}

/** What support asks for first, as text to be pasted into a mail: no tokens, no names of people, no names of tenants. */
export function diagnostics({ at, versions, environment, sessions, lines }: DiagnosticsInput): string {
  const { tenants, staff } = environment;
  const text = [
    `Tenantry diagnostics of ${at.toISOString()}`,
    '',
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
    '',
    `environment ${environment.id} (${environment.kind})`,
    `api ${tenants.apiUrl}`,
    `identity ${tenants.issuer}`,
    ...(staff === undefined ? [] : [`cluster ${staff.kubernetesUrl}`, `staff identity ${staff.issuer}`]),
    ...sessions.map(
      ({ realm, signedIn, kept, tenants: memberOf }) =>
        `session ${realm}: ${signedIn ? `signed in, member of ${memberOf.length} tenants` : 'signed out'}, kept ${kept}`,
    ),
    '',
    ...lines.map(({ at: when, level, message, fields }) => `${when} ${level} ${message} ${JSON.stringify(withoutNames(fields))}`),
  ].join('\n');
  return `${withoutSecretsIn(text)}\n`;
}

function withoutNames(fields: LogLine['fields']): LogLine['fields'] {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'tenant'));
}
