import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';

// The measure: Express on HTTPS that reads a JSON document and sends it back. Arguments: key file, certificate file.

const [keyFile = '', certificateFile = ''] = process.argv.slice(2);
const app = express();
app.use(express.json({ limit: '7mb' }));
app.post('/mutate', (request: Request, response: Response) => {
  response.json(request.body);
});
const server = createServer(
  { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
  app,
);
server.keepAliveTimeout = 95_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.on('SIGINT', () => process.exit(0));
