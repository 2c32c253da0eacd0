import type { Bench } from '../bench.ts';
export const benchTenantReady: Bench = async () => ({ rows: [], versions: {} });
