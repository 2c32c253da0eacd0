import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { AccessTokens } from '@tenantry/tenant-service/identity/access-tokens.ts';
import { realmKeys } from '@tenantry/tenant-service/identity/realm-keys.ts';
import express, { type NextFunction, type Request, type Response } from 'express';
import { DataTypes, Sequelize } from 'sequelize';
import { z } from 'zod';

/*
 * A customer service as an experienced team would write it with Express and Sequelize: the same token check, a schema check, one transaction of
 * row, history and event. No limits, no batching, no cache. Started by the bench: node sequelize-service.ts PORT CA_FILE ISSUER, with DATABASE_URL.
 */
const [port, caFile = '', issuer = ''] = process.argv.slice(2);
const ca = readFileSync(caFile, 'utf8');
tls.setDefaultCACertificates([...tls.getCACertificates('default'), ca]);
const tokens = new AccessTokens({ issuer, keys: realmKeys(issuer) });
const sequelize = new Sequelize(process.env.DATABASE_URL ?? '', {
  dialect: 'postgres',
  logging: false,
  pool: { max: 16 },
  dialectOptions: { ssl: { ca } },
});
const id = { type: DataTypes.UUID, primaryKey: true };
const Customer = sequelize.define(
  'customer',
  {
    id,
    externalId: { type: DataTypes.TEXT, unique: true },
    name: DataTypes.TEXT,
    email: { type: DataTypes.TEXT, unique: true },
    phone: DataTypes.TEXT,
    status: DataTypes.TEXT,
    segment: DataTypes.TEXT,
    tags: DataTypes.ARRAY(DataTypes.TEXT),
    attributes: DataTypes.JSONB,
    version: DataTypes.INTEGER,
  },
  { indexes: [{ fields: ['createdAt'] }] },
);
const History = sequelize.define('history', {
  id,
  customerId: DataTypes.UUID,
  version: DataTypes.INTEGER,
  actor: DataTypes.TEXT,
  after: DataTypes.JSONB,
});
const Outbox = sequelize.define('outbox', { id, type: DataTypes.TEXT, data: DataTypes.JSONB });
await sequelize.sync();

const NewCustomer = z.strictObject({
  externalId: z.string().max(200),
  name: z.string().min(1).max(300),
  email: z.email(),
  phone: z.string().regex(/^\+[1-9]\d{4,14}$/),
  status: z.enum(['active', 'inactive', 'blocked']),
  segment: z.string().max(100),
  tags: z.array(z.string().max(100)).max(50),
  attributes: z.record(z.string(), z.json()),
});

const app = express();
app.get('/readyz', (_request, response) => void response.status(204).end());
app.use(express.json({ limit: 65_536 }));
app.use(async (request: Request, _response: Response, next: NextFunction) => {
  await tokens.check(request.headers.authorization);
  next();
});
app.post('/v1/customers', async (request, response) => {
  const body = NewCustomer.parse(request.body);
  const customer = await sequelize.transaction(async (transaction) => {
    const created = await Customer.create({ id: randomUUID(), ...body, version: 1 }, { transaction });
    const after = created.toJSON();
    await History.create({ id: randomUUID(), customerId: after.id, version: 1, actor: 'bench', after }, { transaction });
    await Outbox.create({ id: randomUUID(), type: 'customer.created', data: after }, { transaction });
    return created;
  });
  response.status(201).json(customer);
});
app.get('/v1/customers/:id', async (request, response) => {
  const customer = await Customer.findByPk(request.params.id);
  if (customer === null) response.status(404).end();
  else response.json(customer);
});
app.get('/v1/customers', async (_request, response) => {
  response.json({ items: await Customer.findAll({ order: [['createdAt', 'DESC']], limit: 50 }) });
});
app.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
