import { describe, expect, it } from 'vitest';
import { TargetRefused, webhookTarget } from './webhook-target.ts';

const nothing = new Set<string>();

describe('the address of a webhook', () => {
  it.each(['https://hooks.example.org/in?x=1', 'https://hooks.example.org:8443/', 'https://1.1.1.1/x', 'https://bücher.example/x'])(
    'may be %s',
    (url) => expect(webhookTarget(url, nothing).href).toBe(new URL(url).href),
  );

  it.each([
    ...[
      'http://hooks.example.org/',
      'ftp://a.example/',
      'file:///etc/passwd',
      'gopher://a.example/',
      'javascript:alert(1)',
      'nonsense',
      '',
    ],
    ...['127.0.0.1', '0', '0.0.0.0', '2130706433', '0x7f.1', '017700000001', '127.1', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'].map(
      https,
    ),
    ...['[64:ff9b::7f00:1]', '169.254.169.254', '[fd00:ec2::254]', '10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '198.18.0.1'].map(
      https,
    ),
    ...['224.0.0.1', 'localhost', 'localhost.', 'LOCALHOST', 'a.localhost', 'kubernetes.default.svc', 'api.prod.svc.cluster.local'].map(
      https,
    ),
    ...['metadata.google.internal', 'metadata.google.internal.', 'postgres', '１２７.0.0.1', '①②⑦.0.0.1', 'printer.local'].map(https),
    ...['user:pass@a.example', 'a.example:22', 'a.example:6379', 'a.example:5432', 'a.example:80', '127.0.0.1#@a.example'].map(https),
    ...['https://a.example\\@127.0.0.1/', 'https://a.exa\tmple/', 'https://a.example/\n', ' https://a.example/', 'https://a.example/#x'],
    `https://a.example/${'x'.repeat(2000)}`,
  ])('is never %s', (url) => expect(() => webhookTarget(url, nothing)).toThrow(TargetRefused));

  it('is an inner one where the configuration names its origin, and no other port of it', () => {
    const allowed = new Set(['http://127.0.0.1:28090']);
    expect(webhookTarget('http://127.0.0.1:28090/a', allowed).port).toBe('28090');
    expect(() => webhookTarget('http://127.0.0.1:28091/a', allowed)).toThrow(TargetRefused);
    expect(() => webhookTarget('https://127.0.0.1:28090/a', allowed)).toThrow(TargetRefused);
  });
});

function https(host: string): string {
  return `https://${host}/hook`;
}
