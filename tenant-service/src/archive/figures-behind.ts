/**
 * SQL: whether figures of a generation have not counted an event of before the cut yet. They count rows, not events, so what they have not come to
 * must not leave.
 */
export const figuresAreBehind = (cut: string): string => `exists (
    select from {schema}.report_rollups f join {schema}.events e on e.seq > f.seq where e.occurred_at < ${cut}::timestamptz)`;
