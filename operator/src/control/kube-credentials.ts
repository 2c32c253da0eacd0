import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent } from 'undici';
import type { Access, AccessSource } from './kube-transport.ts';

/** Files are read again this often: service-account tokens are replaced well before they end. */
const REREAD_MS = 30_000;

/**
 * Turns a KubeConfig into connections that are kept. client-node 2.0.1's own way makes a new agent, so a new TLS handshake, per call.
 * Follows a rotated token, client certificate or CA without a restart.
 */
export class KubeCredentials implements AccessSource {
  private readonly config: KubeConfig;
  private access: Access | undefined;
  private tlsMaterial = '';
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(config: KubeConfig) {
    this.config = config;
  }

  /** @throws Error when the kubeconfig names no cluster or its files cannot be read. */
  async current(): Promise<Access> {
    if (this.access === undefined || performance.now() - this.readAt > REREAD_MS) await this.read();
    if (this.access === undefined) throw new Error('kubeconfig could not be read');
    return this.access;
  }

  /** The server said 401: look at the files again before the next call. */
  expire(): void {
    this.readAt = Number.NEGATIVE_INFINITY;
  }

  async close(): Promise<void> {
    await this.access?.dispatcher.destroy();
    this.access = undefined;
  }

  private async read(): Promise<void> {
    const cluster = this.config.getCurrentCluster();
    if (cluster === null) throw new Error('kubeconfig has no current cluster: set current-context');
    const options: RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const tlsMaterial = JSON.stringify([cluster.server, `${ca}`, `${cert}`, `${key}`, servername, rejectUnauthorized]);
    const before = this.access;
    let dispatcher = before?.dispatcher;
    if (dispatcher === undefined || tlsMaterial !== this.tlsMaterial) {
      const tls = { ca, cert, key, servername, rejectUnauthorized };
      const connect = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
      // HTTP/1.1: each watch has its own connection, so that one stuck connection is one stuck watch and no more.
      dispatcher = new Agent({ allowH2: false, connect: { ...connect, timeout: 5_000, keepAlive: true, keepAliveInitialDelay: 15_000 } });
      // Calls under way end on the old connections.
      if (before !== undefined) before.dispatcher.close().catch(() => undefined);
    }
    this.tlsMaterial = tlsMaterial;
    this.access = { server: cluster.server.replace(/\/$/, ''), headers: authorization(options), dispatcher };
    this.readAt = performance.now();
  }
}

function authorization(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) if (value !== undefined) headers[name] = `${value}`.trim();
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}
