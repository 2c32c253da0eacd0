import { tenantCallOf } from '../main/answer-request.ts';
import { SAFE_HEADERS } from '../main/content-security-policy.ts';
import type { DesktopLog } from '../main/desktop-log.ts';
import type { Fetch } from '../main/electron-port.ts';
import { refusal } from '../main/refusal.ts';
import { TenantCalls } from '../main/tenant-calls.ts';
import { windowFiles } from '../main/window-files.ts';
import { CONSOLE_SETTINGS_PATH, type ConsoleSettings } from '../platform/browser/console-settings.ts';
import { problemAnswer } from '../platform/problem-answer.ts';
import { claimsOf } from '../platform/session/token-claims.ts';
import { CompressedFiles } from './compressed-files.ts';

export interface WebConsoleOptions {
  /** Folder of the built page. */
  readonly folder: string;
  readonly settings: ConsoleSettings;
  readonly apiUrl: string;
  readonly fetch: Fetch;
  readonly log: DesktopLog;
}

/**
 * Everything the web console's origin answers: the page, what the page is told of where it is, and `/api/<tenant>/v1/…`, which is the tenant's api
 * wherever that is served. The token is the caller's own and nothing is kept of it, so there is nothing here to sign in to and no cookie to steal.
 */
export function answerConsole({ folder, settings, apiUrl, fetch, log }: WebConsoleOptions): (request: Request) => Promise<Response> {
  const calls = new TenantCalls({ apiUrl, fetch, token: async (tenant, request) => tokenOf(tenant, request), expire: () => {}, log });
  const callable = [new URL(settings.issuer).origin];
  const compressed = new CompressedFiles();
  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const call = tenantCallOf(url);
    if (call !== undefined) return await calls.call(call.tenant, call.path, request);
    if (url.pathname === CONSOLE_SETTINGS_PATH) return plain(Response.json(settings));
    if (url.pathname === '/livez' || url.pathname === '/readyz') return plain(new Response('ok'));
    return await compressed.answer(request, await windowFiles(folder, request, callable));
  };
  return async (request) => {
    try {
      return await answer(request);
    } catch (error) {
      // Who has gone away hears nothing.
      if (request.signal.aborted) throw error;
      log.error('a request could not be answered', { method: request.method }, error);
      return problemAnswer('internal', 'Try again in a moment.', SAFE_HEADERS);
    }
  };
}

/**
 * The caller's token, when it is one of this tenant. The api verifies it; here it is held to the address, because what the api answers to it decides
 * where this tenant's callers are sent from then on.
 */
function tokenOf(tenant: string, request: Request): string {
  const [, token] = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (token === undefined) throw refusal('not-signed-in', 'You are not signed in', 'The call has no access token.');
  const tenants = organizationsIn(token);
  if (tenants.length !== 1 || tenants[0] !== tenant)
    throw refusal('forbidden', 'You have no access', `The token is not one of ${tenant} alone.`);
  return token;
}

function organizationsIn(token: string): string[] {
  try {
    return Object.keys(claimsOf(token).organization ?? {});
  } catch {
    return [];
  }
}

function plain(answer: Response): Response {
  for (const [name, value] of Object.entries({ ...SAFE_HEADERS, 'cache-control': 'no-store' })) answer.headers.set(name, value);
  return answer;
}
