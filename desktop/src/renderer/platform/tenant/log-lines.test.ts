import { expect, it } from 'vitest';
import { MOST_SHOWN_LINES, matchingLines, withLines } from './log-lines.ts';

const notice = (...texts: string[]) => ({ lines: texts.map((text) => ({ pod: 'acme-api-1', text })), ended: undefined });

it('reads our own lines, shows others as they are, and numbers them on', () => {
  const lines = withLines(
    withLines([], notice('{"@timestamp":"2026-01-01T00:00:00Z","log.level":"warn","message":"Slow","tenant":"acme","ecs.version":"8"}')),
    notice('plain', '{"half'),
  );
  expect(lines).toEqual([
    { number: 1, pod: 'acme-api-1', level: 'warn', text: '2026-01-01T00:00:00Z Slow {"tenant":"acme"}' },
    { number: 2, pod: 'acme-api-1', level: undefined, text: 'plain' },
    { number: 3, pod: 'acme-api-1', level: undefined, text: '{"half' },
  ]);
  expect(matchingLines(lines, 'WARN').map(({ number }) => number)).toEqual([1]);
});

it('says where a log ended, and forgets the oldest lines', () => {
  const many = withLines([], notice(...Array.from({ length: MOST_SHOWN_LINES }, (_, index) => `line ${index}`)));
  const lines = withLines(many, { lines: [], ended: { pod: 'acme-api-1', why: 'The pod has ended.' } });
  expect(lines).toHaveLength(MOST_SHOWN_LINES);
  expect([lines[0]?.text, lines.at(-1)?.text]).toEqual(['line 1', '— The pod has ended.']);
});
