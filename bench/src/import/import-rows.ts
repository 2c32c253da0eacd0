import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Customer } from '@tenantry/contracts';
import { uuidv7 } from '@tenantry/tenant-service/uuid-v7.ts';

const HEADER = 'externalId,name,email,phone,status,segment,tags,attributes';

/** Customer number `at`: what a file of a real customer list has of one. */
function customer(at: number): Omit<Customer, 'id' | 'version' | 'createdAt' | 'updatedAt'> {
  return {
    externalId: `crm-${at}`,
    name: `Grace Hopper ${at}`,
    email: `grace.${at}@filled.example.org`,
    phone: `+4930${1_000_000 + at}`,
    status: 'active',
    segment: 'enterprise',
    tags: ['vip', 'newsletter'],
    attributes: { industry: 'computing', employees: 250, country: 'DE' },
  };
}

/** The file an import gets: customers from number `first` on. */
export function csvFile(rows: number, first = 0): Buffer {
  const lines = Array.from({ length: rows }, (_, at) => {
    const { externalId, name, email, phone, status, segment, tags, attributes } = customer(first + at);
    return `${externalId},${name},${email},'${phone},${status},${segment},${tags.join(';')},"${JSON.stringify(attributes).replaceAll('"', '""')}"`;
  });
  return Buffer.from(`${HEADER}\n${lines.join('\n')}\n`);
}

/** What COPY gets for the same rows: a file for each of the three tables, made before the clock runs. */
export async function copyFiles(
  folder: string,
  rows: number,
  writer: string,
): Promise<{ customers: string; history: string; outbox: string }> {
  const paths = { customers: join(folder, 'customers.copy'), history: join(folder, 'history.copy'), outbox: join(folder, 'outbox.copy') };
  const files = {
    customers: createWriteStream(paths.customers),
    history: createWriteStream(paths.history),
    outbox: createWriteStream(paths.outbox),
  };
  const text = (value: string): string => value.replaceAll('\\', '\\\\');
  const at = new Date().toISOString();
  for (let number = 0; number < rows; number += 1) {
    const fields = customer(number);
    const id = uuidv7();
    const document = JSON.stringify({ id, ...fields, version: 1, createdAt: at, updatedAt: at });
    const { externalId, name, email, phone, status, segment, tags, attributes } = fields;
    const row = [id, externalId, name, email, phone, status, segment, `{${tags.join(',')}}`, text(JSON.stringify(attributes)), '1', at, at];
    const isRoomLeft = [
      files.customers.write(`${row.join('\t')}\n`),
      files.history.write(`customer\t${id}\t1\t${at}\tbench\t${'a'.repeat(32)}\tcreated\t${text(document)}\n`),
      files.outbox.write(
        `${uuidv7()}\t${writer}\tdev.tenantry.customer.created.v1\tcustomer\t${id}\t1\t${at}\t00-${'a'.repeat(32)}-${'b'.repeat(16)}-00\t${text(`{"customer":${document}}`)}\n`,
      ),
    ];
    await Promise.all(Object.values(files).map((file, place) => (isRoomLeft[place] ? undefined : once(file, 'drain'))));
  }
  await Promise.all(Object.values(files).map((file) => once(file.end(), 'finish')));
  return paths;
}
