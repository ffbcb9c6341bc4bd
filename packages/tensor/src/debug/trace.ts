/** Where in the user's code an op was called. */

/** A place in a source file, such as '/home/me/train.ts:12:8'. */
export type Place = string;

/** Captured at the call, read only when it is needed: formatting a stack is expensive. */
export class Trace {
  private readonly error: Error;

  constructor() {
    const { stackTraceLimit } = Error;
    // The library's own frames come first and may be many.
    Error.stackTraceLimit = 60;
    this.error = new Error('recorded here');
    Error.stackTraceLimit = stackTraceLimit;
  }

  /** The first line of the stack that is not this library's; undefined when the engine gives no stack. */
  get place(): Place | undefined {
    return userPlace(this.error.stack ?? '');
  }

  /** The whole stack, as the cause of an error that names the place. */
  get cause(): Error {
    return this.error;
  }
}

/** The first place in a stack that lies outside this library. `home` is the URL of this file, wherever it was put. */
export function userPlace(stack: string, home = import.meta.url): Place | undefined {
  const own = libraryFiles(home);
  for (const line of stack.split('\n')) {
    const place = placeIn(line);
    if (place !== undefined && !own(place)) return place;
  }
  return undefined;
}

/** 'at name (file:1:2)', 'at file:1:2' (V8) and 'name@file:1:2' (Firefox, Safari). */
function placeIn(line: string): Place | undefined {
  const text = line.trim();
  const place = text.startsWith('at ')
    ? text.endsWith(')')
      ? text.slice(text.indexOf(' (') + 2, -1)
      : text.slice(3).replace(/^async /, '')
    : text.slice(text.indexOf('@') + 1);
  return /:\d+:\d+$/.test(place) && !place.startsWith('node:') ? asPath(place) : undefined;
}

/** 'file:///home/x' as '/home/x', 'file:///C:/x' as 'C:/x'; addresses of pages stay. */
function asPath(url: string): string {
  return url.replace(/^file:\/\/\/?(?=[A-Za-z]:|\/)/, '');
}

/**
 * Tells the library's files by their path: installed or prepared by a bundler's development server, their folder is
 * '@cotangent'; in the repository they are beside the folder of this file, and tests there are users. In a bundle nothing
 * can be told apart, and the first line of the stack is taken.
 */
function libraryFiles(home: string): (place: Place) => boolean {
  const packages = /^(.*\/)tensor\/(?:src|dist)\//.exec(asPath(home))?.[1];
  return (file) => {
    if (/\/@cotangent[/_]/.test(file)) return true;
    if (packages === undefined || !file.startsWith(packages)) return false;
    return /^[^/]+\/(?:src|dist)\//.test(file.slice(packages.length)) && !/\.test\.|\/testing\//.test(file);
  };
}
