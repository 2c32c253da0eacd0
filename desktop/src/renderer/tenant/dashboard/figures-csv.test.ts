import { expect, it } from 'vitest';
import { figuresCsv } from './figures-csv.ts';

it('quotes what must be quoted, and nothing in it is run as a formula', () => {
  expect(
    figuresCsv(
      ['day', 'text'],
      [
        ['2026-11-23', 'a "b", c'],
        ['=cmd()', -5],
        ['-12.50', '@x'],
      ],
    ),
  ).toBe('day,text\r\n2026-11-23,"a ""b"", c"\r\n\'=cmd(),-5\r\n-12.50,\'@x\r\n');
});
