import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

interface StoreTableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell names the row, and no two are alike. */
  readonly rows: readonly (readonly [name: string, ...cells: readonly ReactNode[]])[];
}

/** A small table of figures, each row named by its first cell. */
export function StoreTable({ caption, columns, rows }: StoreTableProps) {
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table captionSide="top">
        <Table.Caption ta="start">{caption}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([name, ...cells]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400} style={{ overflowWrap: 'anywhere' }}>
                {name}
              </Table.Th>
              {cells.map((cell, at) => (
                <Table.Td key={columns[at + 1]} style={{ fontVariantNumeric: 'tabular-nums' }}>
                  {cell}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
