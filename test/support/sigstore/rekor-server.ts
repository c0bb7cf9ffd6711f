import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type LogEntryJson, canonicalJson } from './logged-signature.ts';

/** What the log does instead of answering. */
export type LogFault =
  | { readonly kind: 'status'; readonly status: number; readonly location?: string }
  /** Takes questions and never answers. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'body'; readonly body: string };

/** Rekor v1's search on loopback: answers for the entries it was given. */
export interface RekorServer {
  readonly url: string;
  /** Bodies of the questions so far. */
  readonly questions: readonly string[];
  readonly add: (entry: LogEntryJson) => void;
  readonly setFault: (fault: LogFault | undefined) => void;
  readonly close: () => Promise<void>;
}

export async function startRekorServer(): Promise<RekorServer> {
  const entries: LogEntryJson[] = [];
  const questions: string[] = [];
  let fault: LogFault | undefined;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const question = await text(request);
    questions.push(question);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'status') {
      const headers = fault.location === undefined ? {} : { location: fault.location };
      response.writeHead(fault.status, headers).end();
    } else if (fault?.kind === 'body') response.end(fault.body);
    else if (request.method !== 'POST' || request.url !== '/api/v1/log/entries/retrieve')
      response.writeHead(404).end();
    else response.end(JSON.stringify(found(entries, question)));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    questions,
    add: (entry) => void entries.push(entry),
    setFault: (next) => {
      fault = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Rekor compares the hash of what it makes of the proposal: both must be the same to the byte. */
function found(entries: readonly LogEntryJson[], question: string): readonly object[] {
  const { entries: proposed } = JSON.parse(question) as { entries: readonly object[] };
  const bodies = new Set(proposed.map(canonicalJson));
  return entries
    .filter(({ canonicalizedBody }) =>
      bodies.has(Buffer.from(canonicalizedBody, 'base64').toString('utf8')),
    )
    .map(rekorAnswer);
}

/** One entry as Rekor v1's interface shows it: numbers and hex instead of protobuf's forms. */
export function rekorAnswer(entry: LogEntryJson): object {
  const { inclusionProof: proof, inclusionPromise: promise } = entry;
  return {
    ['0'.repeat(80)]: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logID: hex(entry.logId.keyId),
      logIndex: Number(entry.logIndex),
      verification: {
        ...(promise === undefined ? {} : { signedEntryTimestamp: promise.signedEntryTimestamp }),
        ...(proof === undefined
          ? {}
          : {
              inclusionProof: {
                logIndex: Number(proof.logIndex),
                treeSize: Number(proof.treeSize),
                rootHash: hex(proof.rootHash),
                hashes: proof.hashes.map(hex),
                checkpoint: proof.checkpoint.envelope,
              },
            }),
      },
    },
  };
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
