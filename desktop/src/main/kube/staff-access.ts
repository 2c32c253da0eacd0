import { isKubeError, KubeError } from '@tenantry/operator/control/kube-error.ts';
import type { AccessSource } from '@tenantry/operator/control/kube-transport.ts';
import { Agent } from 'undici';

export interface StaffAccess {
  /** Address of the kube-apiserver. */
  readonly server: string;
  /** PEM of the authorities it is trusted by; absent: those of the machine. */
  readonly certificateAuthorities?: string | undefined;
  /** The person's token of realm `platform`, made for the cluster alone; new when the one before is about to end. Throws when nobody is signed in. */
  readonly token: () => Promise<string>;
}

/** Lets the person who is signed in into the kube-apiserver: RBAC decides what they may do there (design D12). */
export function staffAccess({ server, certificateAuthorities, token }: StaffAccess): AccessSource {
  // As the operator's: each watch has its own connection, so that one stuck connection is one stuck watch and no more.
  const dispatcher = new Agent({
    allowH2: false,
    connect: {
      timeout: 5_000,
      keepAlive: true,
      keepAliveInitialDelay: 15_000,
      ...(certificateAuthorities === undefined ? {} : { ca: certificateAuthorities }),
    },
  });
  const origin = server.replace(/\/$/, '');
  return {
    current: async () => ({ server: origin, dispatcher, headers: { authorization: `Bearer ${await tokenOf(token)}` } }),
    // Tokens live five minutes and are asked for at every call: there is nothing to forget.
    expire: () => {},
    close: async () => {
      await dispatcher.destroy();
    },
  };
}

async function tokenOf(token: StaffAccess['token']): Promise<string> {
  try {
    return await token();
  } catch (cause) {
    if (isKubeError(cause)) throw cause;
    throw new KubeError('Unauthorized', cause instanceof Error ? cause.message : 'nobody is signed in', { cause });
  }
}
