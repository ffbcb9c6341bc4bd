/** Sharing the one hook of the core (runtime/watch.ts) between debugging tools that may be in use at the same time. */
import type { Observer, Storage } from '../backend';
import { BackendError } from '../errors';
import type { Node } from '../graph/node';
import { state } from '../runtime/state';
import type { PlanRun, Watch } from '../runtime/watch';

/** What one tool wants to know. */
export interface Watcher {
  recorded?(node: Node): void;
  differentiated?<R>(node: Node, rule: () => R): R;
  /** Called before a plan runs. When an observer is returned the plan runs kernel by kernel, and it is told of each. */
  before?(run: PlanRun): Observer | undefined;
  after?(run: PlanRun, milliseconds: number): void;
}

class Watching implements Watch {
  constructor(readonly watchers: readonly Watcher[]) {}

  recorded(node: Node): void {
    for (const watcher of this.watchers) watcher.recorded?.(node);
  }

  differentiated<R>(node: Node, rule: () => R): R {
    let wrapped = rule;
    for (const watcher of this.watchers) {
      const inner = wrapped;
      if (watcher.differentiated) wrapped = () => watcher.differentiated!(node, inner);
    }
    return wrapped();
  }

  run(run: PlanRun): Storage[] {
    const { backend, inputs } = run;
    const { plan } = run.entry;
    const observers = this.watchers.flatMap((watcher) => watcher.before?.(run) ?? []);
    const start = performance.now();
    const outputs =
      observers.length === 0
        ? backend.run(plan, inputs)
        : backend.runObserved!(plan, inputs, (kernel, milliseconds, read) => {
            for (const observe of observers) observe(kernel, milliseconds, read);
          });
    const milliseconds = performance.now() - start;
    try {
      for (const watcher of this.watchers) watcher.after?.(run, milliseconds);
    } catch (error) {
      for (const output of outputs) if (!output.host) backend.free(output);
      throw error;
    }
    return outputs;
  }
}

function watchers(): readonly Watcher[] {
  return state.watch instanceof Watching ? state.watch.watchers : [];
}

export function watch(watcher: Watcher): void {
  state.watch = new Watching([...watchers(), watcher]);
}

export function unwatch(watcher: Watcher): void {
  const left = watchers().filter((other) => other !== watcher);
  state.watch = left.length > 0 ? new Watching(left) : undefined;
}

/** Calls `fn` and, while it runs, `watcher`; when it returns a promise, until that is settled. */
export function watched<T>(watcher: Watcher, fn: () => T, end: () => void = () => undefined): T {
  const stop = (): void => {
    unwatch(watcher);
    end();
  };
  watch(watcher);
  let result: T;
  try {
    result = fn();
  } catch (error) {
    stop();
    throw error;
  }
  if (result instanceof Promise) return result.finally(stop) as T;
  stop();
  return result;
}

/** Throws unless the backend of a plan can run it kernel by kernel. */
export function checkObservable(tool: string, { backend }: PlanRun): void {
  if (backend.runObserved) return;
  throw new BackendError(
    `${tool}: backend '${backend.name}' cannot run a plan kernel by kernel. Use another one while debugging, such as cpu().`,
  );
}
