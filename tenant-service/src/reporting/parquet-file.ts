import type { ReportColumn } from '@tenantry/contracts';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { FileTooLarge } from '../transfer/file-too-large.ts';
import { machineName, type ReportFile, type ReportHead } from './report-format.ts';

/** Rows of one row group: what is held until it is written, a few megabytes. */
const GROUP_ROWS = 10_000;
type Cell = string | bigint | number | Date | null;
type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const TYPES: Readonly<Record<'text' | 'number' | 'day' | 'instant' | 'percent', Omit<Element, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  number: { type: 'INT64' },
  day: { type: 'INT32', converted_type: 'DATE' },
  instant: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
  percent: { type: 'DOUBLE' },
};

/**
 * For programs that read columns: names as in CSV; counts and minor units are INT64, instants UTC milliseconds, days dates. What was asked stands in the
 * file's metadata. @throws FileTooLarge for a sum that has no room in 64 bits: the other formats have it to the last digit.
 */
export function parquetFile({ columns, facts }: ReportHead): ReportFile {
  const bytes = new TakenBytes();
  const kinds = columns.map(({ type }) => kindOf(type));
  const names = columns.map(machineName);
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [
      { name: 'report', num_children: columns.length },
      ...columns.map((_, at) => ({ name: names[at] ?? '', repetition_type: 'OPTIONAL' as const, ...TYPES[kinds[at] ?? 'text'] })),
    ],
    kvMetadata: facts.map(([key, value]) => ({ key, value })),
    createdBy: 'tenantry',
  });
  let held: Cell[][] = columns.map(() => []);
  const write = (): void => {
    if (held[0]?.length) writer.write({ columnData: names.map((name, at) => ({ name, data: held[at] ?? [] })), rowGroupSize: GROUP_ROWS });
    held = columns.map(() => []);
  };
  return {
    rows: (rows) => {
      for (const row of rows) {
        for (const [at, column] of held.entries()) column.push(cellOf(row[at] ?? null, kinds[at] ?? 'text'));
        if (held[0]?.length === GROUP_ROWS) write();
      }
      return bytes.take();
    },
    end: () => {
      write();
      writer.finish();
      return bytes.take();
    },
  };
}

function kindOf(type: ReportColumn['type']): keyof typeof TYPES {
  if (type === 'count' || type === 'amount') return 'number';
  return type === 'day' || type === 'instant' || type === 'percent' ? type : 'text';
}

function cellOf(cell: string | null, kind: keyof typeof TYPES): Cell {
  if (cell === null) return null;
  if (kind === 'number') {
    const value = BigInt(cell);
    if (BigInt.asIntN(64, value) !== value) throw new FileTooLarge(`${cell} does not fit into 64 bits; ask for another format.`);
    return value;
  }
  if (kind === 'percent') return Number(cell);
  return kind === 'text' ? cell : new Date(cell);
}

/** Gives away what was written, and goes on counting where it is in the file. */
class TakenBytes extends ByteWriter {
  take(): Uint8Array[] {
    if (this.index === 0) return [];
    const taken = new Uint8Array(this.getBuffer());
    this.index = 0;
    return [taken];
  }
}
