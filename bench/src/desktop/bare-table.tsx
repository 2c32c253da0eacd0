import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

/*
 * The reference of "first screen with data": a React page that asks for the very rows the screen asks for, the same way, and draws as many of them in a
 * plain table. No router, no kit, no session, no words, no live updates. Bundled by bare-page.ts, and served beside our page.
 */

type Row = Readonly<Record<string, unknown>>;

/** What the preload script gives, as far as it is used here. */
interface Bridge {
  readonly ask: { readonly 'tenants.follow': (input: undefined) => Promise<unknown> };
  readonly on: { readonly 'tenants.changed': (listener: (notice: { readonly changed: readonly Row[] }) => void) => void };
}

const words = new URLSearchParams(location.search);
const columns = (words.get('columns') ?? '').split(',');
const drawn = Number(words.get('rows'));
const from = words.get('from') ?? '';

/** Of the api by a request, of the cluster by notices. */
function follow(show: (rows: readonly Row[]) => void): void {
  if (from !== 'tenants') {
    void fetch(from)
      .then((answer) => answer.json() as Promise<{ readonly items: readonly Row[] }>)
      .then(({ items }) => show(items));
    return;
  }
  const rows: Row[] = [];
  const { ask, on } = (globalThis as unknown as { tenantryDesktop: Bridge }).tenantryDesktop;
  on['tenants.changed'](({ changed }) => {
    rows.push(...changed);
    show([...rows]);
  });
  void ask['tenants.follow'](undefined);
}

function BareTable() {
  const [rows, setRows] = useState<readonly Row[]>([]);
  useEffect(() => follow(setRows), []);
  return (
    <table>
      <thead>
        <tr>
          {columns.map((name) => (
            <th key={name}>{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, drawn).map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of this page have no names
          <tr key={index}>
            {columns.map((name) => (
              <td key={name}>{String(row[name] ?? '')}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

createRoot(document.getElementById('app') as HTMLElement).render(<BareTable />);
