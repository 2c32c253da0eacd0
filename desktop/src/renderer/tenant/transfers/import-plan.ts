import type { TransferFormat, TransferResource } from '@tenantry/contracts';
import { csvRows, type Delimiter, type Encoding, guessDelimiter, guessEncoding, guessMapping } from './read-sample.ts';

/** Bytes that are looked at before anything is sent: enough for a preview of any file. */
const SAMPLE_BYTES = 65_536;
/** Rows of the preview, header included. */
export const SAMPLE_ROWS = 11;

/** A file and how it is to be imported: what was guessed, and what the person made of it. */
export interface ImportPlan {
  readonly file: File;
  readonly resource: TransferResource;
  readonly format: TransferFormat;
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  /** The first bytes, kept so that another encoding or delimiter shows at once. */
  readonly sample: Uint8Array;
  /** Header and first rows. */
  readonly rows: readonly (readonly string[])[];
  readonly mapping: Readonly<Record<string, string | null>>;
  readonly onConflict: 'fail' | 'skip' | 'update';
  readonly match: 'externalId' | 'email';
}

/** Reads the beginning of a file and guesses the rest. */
export async function openSample(file: File, resource: TransferResource, tenant: string): Promise<ImportPlan> {
  const sample = new Uint8Array(await file.slice(0, SAMPLE_BYTES).arrayBuffer());
  const format: TransferFormat = /\.(ndjson|jsonl)$/i.test(file.name) ? 'ndjson' : 'csv';
  const encoding = guessEncoding(sample);
  const delimiter = guessDelimiter(new TextDecoder(encoding).decode(sample, { stream: true }));
  const plan = reread({
    ...{ file, resource, format, encoding, delimiter, sample },
    rows: [],
    mapping: {},
    onConflict: 'fail',
    match: 'externalId',
  });
  const remembered = recallMapping(tenant, plan);
  return remembered === undefined ? plan : { ...plan, mapping: remembered };
}

/** The plan with its preview and mapping made anew, after encoding or delimiter have changed. */
export function reread(plan: ImportPlan): ImportPlan {
  if (plan.format === 'ndjson') return plan;
  const text = new TextDecoder(plan.encoding).decode(plan.sample, { stream: true });
  const rows = csvRows(text, plan.delimiter, SAMPLE_ROWS);
  return { ...plan, rows, mapping: guessMapping(rows[0] ?? [], plan.resource) };
}

/** The parameters of the import. Columns that are named as their field need no mapping. */
export function importQuery(plan: ImportPlan, dryRun: boolean) {
  const mapping = Object.fromEntries(Object.entries(plan.mapping).filter(([column, field]) => column !== field));
  return {
    resource: plan.resource,
    format: plan.format,
    dryRun: dryRun ? ('true' as const) : ('false' as const),
    onConflict: plan.onConflict,
    match: plan.match,
    ...(plan.format === 'csv'
      ? { delimiter: plan.delimiter, ...(Object.keys(mapping).length === 0 ? {} : { mapping: JSON.stringify(mapping) }) }
      : {}),
  };
}

/** The file as the API takes it: in UTF-8. */
export async function utf8File({ file, encoding }: ImportPlan): Promise<Blob> {
  if (encoding === 'utf-8') return file;
  const text = file.stream().pipeThrough(new TextDecoderStream(encoding) as never) as ReadableStream<string>;
  return new Response(text.pipeThrough(new TextEncoderStream() as never)).blob();
}

const keyOf = (tenant: string, { resource, rows }: ImportPlan) =>
  `tenantry.mapping.${tenant}.${resource}.${(rows[0] ?? []).join('\u001f')}`;

/** The next file with the same columns begins with the same mapping. */
export function rememberMapping(tenant: string, plan: ImportPlan): void {
  if (plan.format === 'csv') localStorage.setItem(keyOf(tenant, plan), JSON.stringify(plan.mapping));
}

function recallMapping(tenant: string, plan: ImportPlan): ImportPlan['mapping'] | undefined {
  try {
    return (JSON.parse(localStorage.getItem(keyOf(tenant, plan)) ?? 'null') as ImportPlan['mapping'] | null) ?? undefined;
  } catch {
    return undefined;
  }
}
