import type pg from 'pg';

/* Names of people as they are spread in a CRM: some share a first name, a last name or an employer, none shares all three and a number. */
const FIRST =
  'Ada Grace Alan Barbara Donald Edsger Frances John Katherine Linus Margaret Niklaus Radia Tim Zoë Jürgen Søren Łukasz Chloé José Mei Hiroshi Olga Priya Kwame Fatima Ahmed Ingrid Björn Siobhan';
const LAST =
  'Lovelace Hopper Turing Liskov Knuth Dijkstra Allen Backus Johnson Torvalds Hamilton Wirth Perlman Berners Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler Herrmann König Walter Huber Kaiser Fuchs Scholz Möller Weiß Jung Hahn Vogel Keller Günther Berger Winkler Roth Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Pohl Engel Horn 田中 佐藤 鈴木';
const EMPLOYERS = 'acme globex initech umbrella stark wayne tyrell hooli';

const words = (text: string): string => `string_to_array('${text}', ' ')`;

/** Customers of thirty years, one every quarter of an hour; every fiftieth is deleted. Indexes are taken away meanwhile: five times as fast. */
export async function fillCustomers(admin: pg.ClientBase, schema: string, count: number): Promise<void> {
  const { rows: indexes } = await admin.query<{ indexname: string; indexdef: string }>(
    `select indexname, indexdef from pg_indexes where schemaname = $1 and tablename = 'customers' and indexname <> 'customers_pkey'`,
    [schema],
  );
  for (const { indexname } of indexes) await admin.query(`drop index ${schema}.${indexname}`);
  const piece = 100_000;
  for (let first = 1; first <= count; first += piece) {
    await admin.query(
      `insert into ${schema}.customers (id, external_id, name, email, phone, status, segment, tags, attributes, version, created_at, updated_at, deleted_at)
       select uuidv7(age), 'crm-' || n, first || ' ' || last, extensions.search_fold(first) || '.' || n || '@' || employer || '.example.org',
         '+4930' || 1000000 + n % 9000000, (array['active', 'active', 'active', 'active', 'active', 'active', 'active', 'inactive', 'inactive', 'blocked'])[1 + n * 31 % 10],
         case when n % 5 > 0 then (array['enterprise', 'smb', 'public'])[1 + n % 3] end, array['vip', 'newsletter'],
         '{"industry": "computing", "employees": 250, "country": "DE"}', 1, now() + age, now() + age, case when n % 50 = 0 then now() end
       from (
         select n, make_interval(secs => (n - $3::int) * 900.0) as age,
           (${words(FIRST)})[1 + (n * 7 + n / 13) % ${FIRST.split(' ').length}] as first,
           (${words(LAST)})[1 + (n * 3 + n / 7 + n / 1009) % ${LAST.split(' ').length}] as last,
           (${words(EMPLOYERS)})[1 + n % ${EMPLOYERS.split(' ').length}] as employer
         from generate_series($1::int, $2::int) n
       ) made`,
      [first, Math.min(count, first + piece - 1), count],
    );
  }
  for (const { indexdef } of indexes) await admin.query(indexdef);
  await admin.query(`vacuum analyze ${schema}.customers`);
}
