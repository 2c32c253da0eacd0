import { aptInstall } from '../install/apt.ts';
import { hasProgram } from '../install/has-program.ts';
import type { Part, Problem } from '../part.ts';

const PACKAGE = 'chromium';

/** The browser that tests of the desktop's window open. Nothing of it stays running. */
export const chromium: Part = {
  name: 'chromium',
  needs: [],
  processes: [],
  needsRoot: false,
  forTests: true,
  address: () => 'a browser, for tests',
  hint: `Install it: apt-get install ${PACKAGE}`,
  problems: async (): Promise<Problem[]> => {
    if ((await hasProgram(PACKAGE)) || process.getuid?.() === 0) return [];
    return [{ what: 'no Chromium', fix: `apt-get install ${PACKAGE}: tests of the desktop need it`, blocks: false }];
  },
  installed: () => hasProgram(PACKAGE),
  install: (context) => aptInstall(context, [PACKAGE]),
  start: async () => {},
  ready: async () => {},
  stop: async () => {},
};
