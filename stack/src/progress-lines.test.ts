import { expect, it } from 'vitest';
import { progressLine, progressLog } from './progress-lines.ts';

const part = { name: 'hyperkube' };

it('shows a percentage as a bar', () => {
  expect(progressLine({ part, state: 'installing', text: 'compiling 50 %', seconds: 61 })).toContain('██████████░░░░░░░░░░ compiling 50 %');
});

it('keeps the details of a failure on lines of their own', () => {
  const line = progressLine({ part, state: 'failed', text: 'is not running any more.\n  Hint: …', seconds: 1 });
  expect(line.split('\n')).toHaveLength(2);
});

it('writes a line to a log at each change of state and at every fifth of a long build, not at every report', () => {
  let text = '';
  const write = (line: string): boolean => {
    text += line;
    return true;
  };
  const log = progressLog({ write } as Pick<NodeJS.WriteStream, 'write'>);
  log.report({ part, state: 'installing', text: 'preparing', seconds: 0 });
  for (let percent = 0; percent < 50; percent += 1)
    log.report({ part, state: 'installing', text: `compiling ${percent} %`, seconds: percent });
  log.report({ part, state: 'ready', text: '', seconds: 60 });
  expect(text.split('\n').filter(Boolean)).toHaveLength(4);
});
