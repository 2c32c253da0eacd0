import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface HealthProbe {
  readonly url: string;
  /** File of the CA that signed the server's certificate; for https. */
  readonly ca?: string;
}

/** Resolves when one GET is answered with 200. Certificates are always verified. @throws saying what came instead. */
export async function requireHealthy({ url, ca }: HealthProbe): Promise<void> {
  const options = { timeout: 2000, agent: false as const, ...(ca === undefined ? {} : { ca: await readFile(ca) }) };
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const get = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options);
    get.on('error', reject);
    get.on('timeout', () => get.destroy(new Error(`no answer from ${url} in 2 s`)));
    get.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', reject);
    });
    get.end();
  });
  if (status !== 200) throw new Error(`${url} answered ${status}: ${body.slice(0, 200)}`);
}
