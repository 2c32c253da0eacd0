import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { alterUserScramCredentialsV0, Connection, ScramMechanisms } from '@platformatic/kafka';
import { PORTS } from '../ports.ts';

const derive = promisify(pbkdf2);

/** What `StorageTool format` uses. */
const ITERATIONS = 4096;

/**
 * Sets SCRAM passwords through the controller, which knows its one client from its own settings and not from the metadata: so this works
 * when the metadata has lost its users, and nobody can log in at the broker any more. Repeating it is harmless.
 */
export async function restoreLogins(controllerPassword: string, logins: Readonly<Record<string, string>>): Promise<void> {
  const connection = new Connection('tenantry-stack', { sasl: { mechanism: 'PLAIN', username: 'broker', password: controllerPassword } });
  await connection.connect('127.0.0.1', PORTS.kafkaController);
  try {
    const upsertions = await Promise.all(
      Object.entries(logins).map(async ([name, password]) => {
        const salt = randomBytes(24);
        const saltedPassword = await derive(password, salt, ITERATIONS, 64, 'sha512');
        return { name, mechanism: ScramMechanisms.SCRAM_SHA_512, iterations: ITERATIONS, salt, saltedPassword };
      }),
    );
    await alterUserScramCredentialsV0.api.async(connection, [], upsertions);
  } finally {
    await connection.close();
  }
}

/** True when the broker answered, and knows no such user or another password. The library buries that several causes deep. */
export function isLoginRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ((error as { apiId?: string }).apiId === 'SASL_AUTHENTICATION_FAILED') return true;
  return isLoginRefused(error.cause) || (error instanceof AggregateError && error.errors.some(isLoginRefused));
}
