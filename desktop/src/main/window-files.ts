import { randomBytes } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { contentSecurityPolicy, SAFE_HEADERS } from './content-security-policy.ts';

/** What a built page is made of. Nothing else is given out, whatever lies in the folder. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const NONCE_PLACE = '__CSP_NONCE__';

/**
 * Serves the built page from a folder. @returns 404 for everything that is not a file of the page, also for a path that would leave the folder:
 * by dots in any spelling, a link in it, a drive letter or a NUL.
 * @param callable origins the page may call besides its own
 */
export async function windowFiles(folder: string, request: Request, callable: readonly string[] = []): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'method not allowed');
  const file = await fileOf(folder, new URL(request.url).pathname);
  if (file === undefined) return plain(404, 'not found');
  const mediaType = MEDIA_TYPES[extname(file)] as string;
  const nonce = randomBytes(16).toString('base64');
  const bytes = await readFile(file);
  const isPage = extname(file) === '.html';
  const body = isPage ? bytes.toString('utf8').replaceAll(NONCE_PLACE, nonce) : new Uint8Array(bytes);
  return new Response(request.method === 'HEAD' ? null : body, {
    headers: {
      ...SAFE_HEADERS,
      'content-security-policy': contentSecurityPolicy(nonce, callable),
      'content-type': mediaType,
      // Names of the other files hold a hash of what is in them.
      'cache-control': isPage ? 'no-store' : 'public, max-age=31536000, immutable',
    },
  });
}

async function fileOf(folder: string, pathname: string): Promise<string | undefined> {
  const path = decoded(pathname === '/' ? '/index.html' : pathname);
  // After decoding once: what is still encoded is a name with a % in it, and no file of ours has one.
  if (path === undefined || /[\0\\%:]/.test(path) || path.split('/').some((part) => part === '..' || part === '.')) return undefined;
  if (MEDIA_TYPES[extname(path)] === undefined) return undefined;
  const root = await realpath(folder);
  const file = await realpath(join(root, path)).catch(() => undefined);
  return file?.startsWith(root + sep) === true ? file : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { ...SAFE_HEADERS, 'content-type': 'text/plain; charset=utf-8' } });
}
