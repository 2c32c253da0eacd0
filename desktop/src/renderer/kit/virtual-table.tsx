// biome-ignore-all lint/a11y/useSemanticElements: rows are positioned, which table elements are not
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its active row
import { Checkbox, Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import classes from './virtual-table.module.css';

const ROW_HEIGHT = 40;

export interface TableColumn<Row> {
  readonly id: string;
  readonly header: string;
  /** A track of a CSS grid, e.g. `minmax(180px, 2fr)`. */
  readonly width: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'end';
  /** The list can be sorted by it. */
  readonly sortable?: boolean;
}

interface TableSort {
  readonly field: string;
  readonly descending: boolean;
}

interface VirtualTableProps<Row> {
  readonly label: string;
  readonly columns: readonly TableColumn<Row>[];
  /** Rows so far; of those behind them `rowAt` is undefined and a placeholder is drawn. */
  readonly rowCount: number;
  readonly rowAt: (index: number) => Row | undefined;
  readonly rowId: (row: Row) => string;
  /** Called when rows close to the end come into sight. */
  readonly onNearEnd?: () => void;
  readonly sort?: readonly TableSort[];
  readonly onSort?: (field: string, add: boolean) => void;
  readonly selection?: {
    readonly isSelected: (id: string) => boolean;
    readonly toggle: (row: Row) => void;
    readonly state: 'none' | 'some' | 'all';
    readonly toggleAll: () => void;
    readonly labelAll: string;
    readonly labelOf: (row: Row) => string;
  };
  readonly onOpen?: (row: Row) => void;
  /** Keys of the screen beside those of every table; true when it was meant. */
  readonly onKey?: (key: string, row: Row | undefined) => boolean;
}

/**
 * A table of any length: only rows in sight are drawn. One stop of the Tab key; arrows, j and k, Page Up and Down, Home and End move,
 * Enter opens, x or Space selects.
 */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { columns, rowCount, rowAt, selection } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const rows = useVirtualizer({ count: rowCount, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 10 });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { onNearEnd } = props;
  useEffect(() => {
    if (rowCount > 0 && last >= rowCount - 40) onNearEnd?.();
  }, [last, rowCount, onNearEnd]);

  const current = Math.min(active, Math.max(0, rowCount - 1));
  const moveTo = (index: number) => {
    const next = Math.max(0, Math.min(rowCount - 1, index));
    setActive(next);
    rows.scrollToIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    // A button or field inside the table keeps its own keys.
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rowAt(current);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / ROW_HEIGHT) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rowCount,
      End: rowCount,
    };
    const step = steps[event.key];
    if (step !== undefined) moveTo(current + step);
    else if (event.key === 'Enter' && row !== undefined && props.onOpen !== undefined) props.onOpen(row);
    else if ((event.key === 'x' || event.key === ' ') && row !== undefined && selection !== undefined) selection.toggle(row);
    else if (props.onKey?.(event.key, row) !== true) return;
    event.preventDefault();
  };
  const tracks = [...(selection === undefined ? [] : ['40px']), ...columns.map(({ width }) => width)];
  const template = tracks.join(' ');
  // Head and rows are grids of their own: both as wide as their columns need, so that these stand one below another.
  const minWidth = tracks.reduce((sum, width) => sum + Number(/(\d+)px/.exec(width)?.[1] ?? 0), 0);
  // Rows are told of what to do, not of how: a screen that draws itself anew with other functions leaves them as they are.
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });
  const [acts] = useState<RowActs<Row>>(() => ({
    open: (row) => latest.current.onOpen?.(row),
    toggle: (row) => latest.current.selection?.toggle(row),
    activate: setActive,
  }));
  const idOf = (index: number) => `${props.label.replace(/\W+/g, '-')}-row-${index}`;
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={props.label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length + (selection === undefined ? 0 : 1)}
      aria-multiselectable={selection === undefined ? undefined : true}
      aria-activedescendant={items.some(({ index }) => index === current) ? idOf(current) : undefined}
      tabIndex={0}
      className={classes.scroller}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className={classes.head} style={{ minWidth }}>
        <div role="row" aria-rowindex={1} className={classes.headRow} style={{ gridTemplateColumns: template }}>
          {selection !== undefined && (
            <div role="columnheader" className={classes.cell}>
              <Checkbox
                size="xs"
                aria-label={selection.labelAll}
                checked={selection.state === 'all'}
                indeterminate={selection.state === 'some'}
                onChange={selection.toggleAll}
              />
            </div>
          )}
          {columns.map((column) => (
            <HeaderCell
              key={column.id}
              column={column}
              {...(props.sort ? { sort: props.sort } : {})}
              {...(props.onSort ? { onSort: props.onSort } : {})}
            />
          ))}
        </div>
      </div>
      <div role="rowgroup" className={classes.body} style={{ height: rows.getTotalSize(), minWidth }}>
        {items.map(({ index, start }) => {
          const row = rowAt(index);
          return (
            <DrawnRow
              key={index}
              id={idOf(index)}
              index={index}
              start={start}
              row={row}
              columns={columns}
              template={template}
              isSelected={selection === undefined ? undefined : row !== undefined && selection.isSelected(props.rowId(row))}
              selectLabel={row === undefined ? undefined : selection?.labelOf(row)}
              isActive={index === current}
              canOpen={props.onOpen !== undefined}
              acts={acts}
            />
          );
        })}
      </div>
    </div>
  );
}

interface DrawnRowProps<Row> extends Pick<VirtualTableProps<Row>, 'columns'> {
  readonly id: string;
  readonly index: number;
  readonly start: number;
  readonly row: Row | undefined;
  readonly template: string;
  /** undefined: rows of this table are not selected. */
  readonly isSelected: boolean | undefined;
  readonly selectLabel: string | undefined;
  readonly isActive: boolean;
  readonly canOpen: boolean;
  readonly acts: RowActs<Row>;
}

/** What a row has the table do; the same object for as long as the table is there. */
interface RowActs<Row> {
  readonly open: (row: Row) => void;
  readonly toggle: (row: Row) => void;
  readonly activate: (index: number) => void;
}

/** Drawn anew only when something of it is another: scrolling draws the rows that come into sight and no others. */
const DrawnRow = memo(function DrawnRow<Row>(props: DrawnRowProps<Row>) {
  const { index, row, columns, isSelected, canOpen, acts } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
    <div
      id={props.id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-active={props.isActive || undefined}
      data-selected={isSelected || undefined}
      data-clickable={canOpen || undefined}
      className={classes.row}
      style={{ gridTemplateColumns: props.template, transform: `translateY(${props.start}px)` }}
      onClick={(event) => {
        acts.activate(index);
        if (row !== undefined && (event.target as HTMLElement).closest('a,button,input,label') === null) acts.open(row);
      }}
    >
      {isSelected !== undefined && (
        <div role="gridcell" className={classes.cell}>
          {row !== undefined && (
            // The browser's own: the kit's takes longer to draw than the rest of the row.
            <input
              type="checkbox"
              className={classes.checkbox}
              tabIndex={-1}
              aria-label={props.selectLabel}
              checked={isSelected}
              onChange={() => acts.toggle(row)}
            />
          )}
        </div>
      )}
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={classes.cell} data-align={column.align}>
          {row === undefined ? <Skeleton height={12} width="60%" /> : column.cell(row)}
        </div>
      ))}
    </div>
  );
}) as <Row>(props: DrawnRowProps<Row>) => ReactNode;

function HeaderCell<Row>(props: {
  readonly column: TableColumn<Row>;
  readonly sort?: readonly TableSort[];
  readonly onSort?: (field: string, add: boolean) => void;
}) {
  const { column, sort = [], onSort } = props;
  const key = sort.find(({ field }) => field === column.id);
  const order = key === undefined ? 'none' : key.descending ? 'descending' : 'ascending';
  const Arrow = key?.descending === true ? ArrowDown : ArrowUp;
  return (
    <div role="columnheader" aria-sort={column.sortable === true ? order : undefined} className={classes.cell} data-align={column.align}>
      {column.sortable === true && onSort !== undefined ? (
        <button type="button" className={classes.sort} onClick={(event) => onSort(column.id, event.shiftKey)}>
          {column.header}
          {key !== undefined && <Arrow aria-hidden size={14} />}
          {key !== undefined && sort.length > 1 && <span aria-hidden>{sort.indexOf(key) + 1}</span>}
        </button>
      ) : (
        column.header
      )}
    </div>
  );
}
