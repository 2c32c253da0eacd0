import { RABBITMQ_OPERATOR } from '@tenantry/contracts';
import { PORTS } from '../ports.ts';

/** `rabbitmq.conf`. It holds the operator's password, which counts at the first start with an empty folder. */
export function rabbitmqSettings({ address, password }: { readonly address: string; readonly password: string }): string {
  const listeners = [...new Set([address, '127.0.0.1'])].map((each, place) => [`listeners.tcp.${place + 1}`, `${each}:${PORTS.rabbitmq}`]);
  const settings = [
    ...listeners,
    // These two listen on one address only.
    ['management.tcp.ip', address],
    ['management.tcp.port', PORTS.rabbitmqManagement],
    ['prometheus.tcp.ip', address],
    ['prometheus.tcp.port', PORTS.rabbitmqMetrics],
    ['default_user', RABBITMQ_OPERATOR],
    ['default_pass', password],
    ['default_user_tags.administrator', true],
    ['loopback_users', 'none'],
    ['log.console', true],
    ['log.console.level', 'warning'],
    ['log.file', false],
    // A full disk and full memory stop publishers; both small, this machine has other servers too.
    ['disk_free_limit.absolute', '200MB'],
    ['vm_memory_high_watermark.absolute', '512MB'],
  ];
  return settings.map(([name, value]) => `${name} = ${value}\n`).join('');
}

/** Stands in the place of Debian's `erl`, which looks for Erlang in /usr/lib: this one finds it where it lies itself. */
export function erlStarter(): string {
  return `#!/bin/sh
ROOTDIR=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
BINDIR=$(echo "$ROOTDIR"/erts-*/bin)
EMU=beam
PROGNAME=erl
export ROOTDIR BINDIR EMU PROGNAME
exec "$BINDIR/erlexec" "$@"
`;
}
