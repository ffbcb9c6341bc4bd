/** The side of the program that measures: a process that runs tasks, and how to talk to it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Answers, Command, Failure } from './protocol';

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export class PeerProcess {
  readonly #child: ChildProcess;
  /** The last of what it wrote on the error output. */
  #noise = '';
  #end: string | undefined;
  #waiting: ((reply: object) => void) | undefined;

  constructor({ file, args, environment }: Program) {
    this.#child = spawn(file, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
    this.#child.stderr!.on('data', (text: Buffer) => (this.#noise = (this.#noise + text.toString()).slice(-400)));
    this.#child.stdin!.on('error', () => undefined); // it ended; the event `close` tells
    createInterface({ input: this.#child.stdio[3] as Readable }).on('line', (line) => {
      this.#answered(JSON.parse(line) as object);
    });
    this.#child.on('error', (error) => {
      this.#ended(error.message);
    });
    this.#child.on('close', (code, signal) => {
      this.#ended(`the process ended (${signal ?? `code ${code ?? '?'}`}) ${this.#noise.trim().split('\n').at(-1) ?? ''}`);
    });
  }

  /** Why it is gone; undefined while it is not. */
  get end(): string | undefined {
    return this.#end;
  }

  /** Sends a command and waits for its answer. A process that takes longer than the limit is ended. */
  async ask<C extends Command>(command: C, limitMs: number): Promise<Answers[C['name']] | Failure> {
    if (this.#end !== undefined) return { error: this.#end };
    const reply = new Promise<object>((resolve) => (this.#waiting = resolve));
    const timer = setTimeout(() => {
      this.#ended(`no answer to '${command.name}' in ${limitMs / 1000} s`);
      this.#child.kill('SIGKILL');
    }, limitMs);
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    const answer = await reply;
    clearTimeout(timer);
    return answer as Answers[C['name']] | Failure;
  }

  close(): void {
    if (this.#end !== undefined) return;
    this.#ended('it was closed');
    this.#child.kill('SIGKILL');
  }

  #answered(reply: object): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(reply);
  }

  #ended(reason: string): void {
    this.#end ??= reason.slice(0, 300);
    this.#answered({ error: this.#end });
  }
}
