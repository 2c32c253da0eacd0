import { createHash } from 'node:crypto';
import type { NewCustomer } from '@tenantry/contracts';

/** Every field set, so that a customer that exists can be compared with its sample. */
export type SampleCustomer = NewCustomer & { readonly externalId: string };

/**
 * The first `count` sample customers of a tenant: always the same ones, no two with the same email or external id. Names are of many
 * scripts, because search has to fold them; addresses and numbers are of ranges set aside for examples and fiction, so none is anybody's.
 */
export function sampleCustomers(slug: string, count: number): SampleCustomer[] {
  return Array.from({ length: count }, (_, index) => sampleCustomer(slug, index));
}

function sampleCustomer(slug: string, index: number): SampleCustomer {
  const pick = picker(`${slug}|${index}`);
  const region = pick(REGIONS);
  const name = `${pick(region.given)} ${pick(region.family)}`;
  const number = String(index + 1).padStart(4, '0');
  return {
    externalId: `crm-${number}`,
    name: region.familyFirst ? name.split(' ').reverse().join(' ') : name,
    // The name's Latin letters and the number, which keeps it unique whatever the name.
    email: `${asciiLetters(name) || region.country.toLowerCase()}.${number}@${pick(DOMAINS)}`,
    phone: pick(['yes', 'yes', 'no']) === 'yes' ? phone(region, pick) : null,
    status: pick(['active', 'active', 'active', 'active', 'active', 'active', 'inactive', 'blocked'] as const),
    segment: pick(['enterprise', 'mid-market', 'small-business', 'consumer', null]),
    tags: [...new Set([pick(TAGS), pick(TAGS)])].filter((tag) => tag !== ''),
    attributes: {
      country: region.country,
      city: pick(region.cities),
      industry: pick(INDUSTRIES),
      customerSince: `20${pick(range(10)) + 15}-${String(pick(range(12)) + 1).padStart(2, '0')}`,
    },
  };
}

function phone(region: Region, pick: (digits: readonly number[]) => number): string | null {
  if (region.fictionPhones === undefined) return null;
  const { prefix, digits } = region.fictionPhones;
  return `${prefix}${Array.from({ length: digits }, () => pick(range(10))).join('')}`;
}

/** Draws from lists by a hash of the seed: no state, so customer 400 is the same whoever asks for it first. */
function picker(seed: string): <T>(list: readonly T[]) => T {
  let draw = 0;
  return (list) => {
    const digest = createHash('sha256').update(`${seed}|${draw}`).digest();
    draw += 1;
    return list[digest.readUInt32BE(0) % list.length] as (typeof list)[number];
  };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

function asciiLetters(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z ]/g, '')
    .trim()
    .replace(/ +/g, '.');
}

interface Region {
  readonly country: string;
  readonly given: readonly string[];
  readonly family: readonly string[];
  readonly cities: readonly string[];
  readonly familyFirst?: boolean;
  /** A range the country's regulator keeps for films and examples; not every country has one. */
  readonly fictionPhones?: { readonly prefix: string; readonly digits: number };
}

const REGIONS: readonly Region[] = [
  {
    country: 'DE',
    given: ['Anna', 'Björn', 'Jürgen', 'Käthe', 'Lena', 'Sören', 'Uwe', 'Zoë'],
    family: ['Bäcker', 'Groß', 'Krüger', 'Müller', 'Schäfer', 'Schmidt', 'Vogel', 'Weiß'],
    cities: ['Berlin', 'Köln', 'München', 'Görlitz'],
    fictionPhones: { prefix: '+493023125', digits: 3 },
  },
  {
    country: 'GB',
    given: ['Ada', 'Alfred', 'Charlotte', 'Edith', 'George', 'Isaac', 'Mary', 'Rosalind'],
    family: ['Babbage', 'Clarke', 'Fletcher', 'Hopper', 'Lovelace', 'Shaw', 'Turner', 'Whitfield'],
    cities: ['London', 'Leeds', 'Cardiff', 'Edinburgh'],
    fictionPhones: { prefix: '+442079460', digits: 3 },
  },
  {
    country: 'US',
    given: ['Ava', 'Carlos', 'Dwight', 'Grace', 'Jamal', 'Marisol', 'Noah', 'Priya'],
    family: ['Alvarez', 'Brooks', 'Chen', 'Johnson', "O'Neil", 'Patel', 'Smith-Jones', 'Washington'],
    cities: ['Austin', 'Boston', 'Chicago', 'San José'],
    fictionPhones: { prefix: '+120255501', digits: 2 },
  },
  {
    country: 'FR',
    given: ['Amélie', 'Benoît', 'Chloé', 'François', 'Gaëlle', 'Hélène', 'Loïc', 'Zélie'],
    family: ["D'Aubigné", 'Bernard', 'Desprès', 'Lefèvre', 'Moreau', 'Nuñez', 'Rousseau', 'Thévenet'],
    cities: ['Paris', 'Lyon', 'Orléans', 'Sète'],
    fictionPhones: { prefix: '+3319900', digits: 4 },
  },
  {
    country: 'PL',
    given: ['Agnieszka', 'Bogdan', 'Łucja', 'Małgorzata', 'Stanisław', 'Wojciech', 'Zofia', 'Żaneta'],
    family: ['Dąbrowska', 'Kowalski', 'Łukasik', 'Nowak', 'Pięta', 'Szymański', 'Wójcik', 'Żuraw'],
    cities: ['Kraków', 'Łódź', 'Gdańsk', 'Wrocław'],
  },
  {
    country: 'JP',
    given: ['葵', '蓮', '美咲', '翔太', '陽菜', '大輔'],
    family: ['田中', '佐藤', '鈴木', '高橋', '伊藤', '渡辺'],
    cities: ['東京', '大阪', '京都', '札幌'],
    familyFirst: true,
  },
  {
    country: 'GR',
    given: ['Ελένη', 'Γιώργος', 'Κατερίνα', 'Νίκος', 'Σοφία', 'Δημήτρης'],
    family: ['Αγγέλου', 'Γεωργίου', 'Ιωάννου', 'Μακρής', 'Νικολάου', 'Παππάς'],
    cities: ['Αθήνα', 'Θεσσαλονίκη', 'Πάτρα'],
  },
  {
    country: 'VN',
    given: ['An', 'Bình', 'Dũng', 'Hạnh', 'Linh', 'Thảo'],
    family: ['Đặng', 'Lê', 'Nguyễn', 'Phạm', 'Trần', 'Võ'],
    cities: ['Hà Nội', 'Đà Nẵng', 'Huế'],
    familyFirst: true,
  },
];

const DOMAINS = ['example.com', 'example.net', 'example.org', 'mail.example'];
const TAGS = ['', '', 'vip', 'newsletter', 'beta', 'partner', 'überfällig', 'trial'];
const INDUSTRIES = ['logistics', 'retail', 'healthcare', 'software', 'education', 'manufacturing', 'finance', 'gastronomy'];
