import type { TestServer } from './fresh-cell.ts';
export const testServer: TestServer = { host: '127.0.0.1', port: 35432, user: 'admin', password: 'admin' };
