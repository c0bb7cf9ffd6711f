import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A request to the Go program in this folder; its fields are those of `request` there. */
export type GoRequest = Readonly<Record<string, unknown>> & { readonly op: 'sign' | 'verify' };

export interface GoAnswer {
  /** Base64. */
  readonly envelope?: string;
  readonly error?: string;
  readonly logged?: readonly string[];
}

/** The Notary Project's Go libraries, as a process that answers one request after the other. */
export class GoNotation {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  /** @param program the built program (`go build` in this folder). */
  constructor(program: string) {
    this.#process = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface(this.#process.stdout);
    this.#answers.on('line', (line) => this.#waiting.shift()?.(line));
  }

  async ask(request: GoRequest): Promise<GoAnswer> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.push(resolve);
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await promise) as GoAnswer;
  }

  stop(): void {
    this.#process.stdin.end();
    this.#answers.close();
  }
}
