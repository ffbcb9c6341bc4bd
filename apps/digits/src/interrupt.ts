/** Ctrl-C, once and twice. */

/** Where interrupts come from: the process, or a stand-in for tests. */
interface SignalSource {
  on(signal: 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGINT', listener: () => void): unknown;
}

/**
 * One Ctrl-C can arrive twice: the terminal sends it to every program in the foreground, and a package manager that runs
 * this one hands its own on. Nobody presses it again this soon.
 */
const SAME_PRESS_MS = 400;

/**
 * Calls `first` at the first Ctrl-C and `second` at the next one.
 *
 * @returns a function that gives Ctrl-C its usual meaning back.
 */
export function onInterrupt(
  { first, second }: { readonly first: () => void; readonly second: () => void },
  source: SignalSource = process,
  now: () => number = () => performance.now(),
): () => void {
  let pressed: number | undefined;
  const listener = (): void => {
    if (pressed === undefined) {
      pressed = now();
      first();
    } else if (now() - pressed >= SAME_PRESS_MS) {
      second();
    }
  };
  source.on('SIGINT', listener);
  return () => void source.off('SIGINT', listener);
}
