/** Where the program writes, and what that can show. */
import type { Style } from './draw';

export interface Terminal {
  readonly style: Style;
  /** A stream whose lines can be written over, for progress bars; undefined when the output is a file or a pipe. */
  readonly live: NodeJS.WriteStream | undefined;
  readonly print: (text?: string) => void;
}

/**
 * The terminal of a process. Colours and block characters need a terminal and no NO_COLOR (https://no-color.org); progress
 * bars need a terminal that can move its cursor.
 */
export function terminalOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal {
  const able = stream.isTTY && env['TERM'] !== 'dumb';
  const noColor = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  return {
    style: { rich: able && !noColor, columns: stream.isTTY ? stream.columns || 80 : 80 },
    live: able ? stream : undefined,
    print: (text = '') => void stream.write(`${text}\n`),
  };
}

/** A terminal that keeps its lines, for tests. */
export function recordingTerminal(style: Style = { rich: false, columns: 80 }): Terminal & { readonly lines: string[] } {
  const lines: string[] = [];
  return { style, live: undefined, lines, print: (text = '') => void lines.push(...text.split('\n')) };
}
