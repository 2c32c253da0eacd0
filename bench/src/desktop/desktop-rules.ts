import type { BenchOptions } from '../bench-options.ts';
import type { OperatorRules } from '../operator/operator-rules.ts';

/** How a run of this bench goes about it. */
export interface DesktopRules extends OperatorRules, Pick<BenchOptions, 'rounds'> {}
