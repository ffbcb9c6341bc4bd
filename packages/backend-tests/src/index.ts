/** The contract suite that every backend runs, and the random graphs it is made with. */
export { graphProblem } from './graphs/compare-graph';
export { RandomGraph } from './graphs/graph';
export { randomGraph } from './graphs/random-graph';
export { SAMPLES } from './samples/table';
export { testBackend } from './suite';
export type { SuiteOptions } from './suite/setup';
