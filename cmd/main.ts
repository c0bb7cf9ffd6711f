import { EXIT } from './exit-code.ts';
import { processStreams } from './process-streams.ts';
import { reportError } from './report-error.ts';
import { run } from './run.ts';

const streams = processStreams();

// `head` and pagers close the pipe early: no defect, but whoever looks at the exit code has not seen it all.
process.stdout.on('error', () => {
  process.exit(EXIT.trouble);
});

// A defect must not look like a decision: Node's own exit code for it is 1 (MUST-NOT-HAPPEN 21).
process.on('uncaughtException', (thrown) => {
  process.exit(reportError(thrown, streams.stderr, undefined));
});

process.exitCode = await run(process.argv.slice(2), streams, process.env);
