import './heap-settings.ts';
import { pino } from 'pino';
import { runWebhook } from './run-webhook.ts';

/** Lines are written together under load, and within this time otherwise; bytes and milliseconds. */
const destination = pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 250 });

process.exitCode = await runWebhook(process.argv.slice(2), {
  env: process.env,
  process,
  stdout: process.stdout,
  stderr: process.stderr,
  logDestination: destination,
});
destination.flushSync();
process.exit();
