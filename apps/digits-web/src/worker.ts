/** The worker: receives what the page asks for, one thing after the other, and keeps training in between. */
import type { Report, Request } from './protocol';
import { Session } from './session';

/** What this file needs of a worker's global scope; the project is compiled with the types of a page. */
interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(report: Report): void;
}

const scope = globalThis as unknown as Scope;
const session = new Session((report) => scope.postMessage(report));
let last: Promise<void> = Promise.resolve();

scope.onmessage = ({ data: request }) => {
  last = last.then(() => session.handle(request));
};
