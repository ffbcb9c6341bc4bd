/** What the platform offers: cores, shared memory, and ways to start workers. */

/** A running worker, whichever kind. */
export interface WorkerHandle {
  /** Ends it at once. */
  terminate(): void;
}

/** What is told of a worker that ends by itself, which none should. */
export type OnDeath = (reason: string) => void;

interface NodeWorker {
  unref(): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'exit', listener: (code: number) => void): void;
  terminate(): Promise<number>;
}

interface NodeModules {
  'node:worker_threads': {
    Worker: new (source: string, options: { eval: true; workerData: unknown; name: string; execArgv: [] }) => NodeWorker;
  };
  'node:os': { availableParallelism(): number };
}

interface Platform {
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly crossOriginIsolated?: boolean;
  readonly document?: unknown;
}

const platform = globalThis as unknown as Platform;

function node<K extends keyof NodeModules>(name: K): NodeModules[K] | undefined {
  return platform.process?.getBuiltinModule?.(name) as NodeModules[K] | undefined;
}

/** Why memory cannot be shared with workers here; undefined when it can. */
export function unshareable(): string | undefined {
  if (typeof SharedArrayBuffer === 'undefined' || platform.crossOriginIsolated === false) {
    return (
      'this page is not cross-origin isolated, so memory cannot be shared with workers. Serve it with the headers ' +
      "'Cross-Origin-Opener-Policy: same-origin' and 'Cross-Origin-Embedder-Policy: require-corp'"
    );
  }
  if (node('node:worker_threads') === undefined && typeof Worker === 'undefined') return 'there are no workers here';
  return undefined;
}

/** How many threads the machine can run at once. */
export function cores(): number {
  return node('node:os')?.availableParallelism() ?? platform.navigator?.hardwareConcurrency ?? 1;
}

/** Whether this thread may sleep: the main thread of a page may not. */
export function maySleep(): boolean {
  return platform.document === undefined;
}

/** Starts a worker that calls `body(start)`. The process does not stay alive for its sake. */
export function startWorker<S>(body: (start: S) => void, start: S, onDeath: OnDeath): WorkerHandle {
  const threads = node('node:worker_threads');
  if (threads !== undefined) {
    const source = `(${body.toString()})(process.getBuiltinModule('node:worker_threads').workerData)`;
    // Without the arguments of the process: a loader given there would only take time.
    const worker = new threads.Worker(source, { eval: true, workerData: start, name: 'cotangent', execArgv: [] });
    worker.unref();
    worker.on('error', (error) => onDeath(String(error)));
    worker.on('exit', (code) => onDeath(`it ended with code ${code}`));
    return { terminate: () => void worker.terminate() };
  }
  const source = `onmessage = ({ data }) => (${body.toString()})(data)`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url, { name: 'cotangent' });
  worker.onerror = (event) => onDeath(event.message || "it could not be started; a Content-Security-Policy needs 'worker-src blob:'");
  worker.postMessage(start);
  return {
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
