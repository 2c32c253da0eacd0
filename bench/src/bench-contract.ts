import type { BenchOptions } from './bench-options.ts';
import type { Row } from './report/row.ts';

/** A bench: starts what it needs, measures, leaves nothing behind. */
export type Bench = (
  options: BenchOptions & { readonly root: string; readonly say: (line: string) => void; readonly signal: AbortSignal },
) => Promise<{ readonly rows: readonly Row[]; readonly versions: Readonly<Record<string, string>> }>;
