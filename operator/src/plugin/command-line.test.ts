import { expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

const parse = (text: string) => parseCommandLine(text.split(' ').filter(Boolean));

it('reads a command with its flags, wherever they stand', () => {
  expect(parse('explain acme -o json --context prod')).toMatchObject({
    command: 'explain',
    name: 'acme',
    json: true,
    context: 'prod',
    wait: true,
  });
  expect(parse('suspend --reason=overdue --no-wait --timeout 90s acme')).toMatchObject({
    name: 'acme',
    reason: 'overdue',
    wait: false,
    timeoutMs: 90_000,
  });
});

it.each(['', 'help', '--help', 'explain --help'])('helps for "%s"', (text) => {
  expect(parse(text)).toBeUndefined();
});

it.each([
  ['destroy acme', 'no such command: destroy'],
  ['explain', 'explain needs the name of a tenant'],
  ['explain acme globex', 'too much: globex'],
  ['explain acme --colour', "Unknown option '--colour'"],
  ['explain acme -o yaml', '--output knows only json, not yaml'],
  ['suspend acme', 'suspend needs --reason'],
  ['restore acme', 'restore needs --from'],
  ['resume acme --timeout soon', '--timeout must be a duration'],
])('refuses "%s" with exit code 2', (text, message) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ message: expect.stringContaining(message), exitCode: 2 }));
});
