/** The contract suite that every backend runs, and the random graphs it is made with. */
export { describeProblem, graphProblem } from './graphs/compare-graph';
export { comparisonsFor, describeSide, Lab, type Comparison, type Makers, type Problem, type Side } from './graphs/lab';
export { planProblem } from './graphs/check-plan';
export { SWITCHES, without, type Switch } from './graphs/settings';
export { computeValues } from './graphs/run-graph';
export {
  FLOAT, mapArgument, RandomGraph, Ref, refsIn, type Argument, type Course, type Float, type GraphInput, type GraphStep,
} from './graphs/graph';
export { printGraph, type PrintOptions } from './graphs/print';
export { randomGraph } from './graphs/random-graph';
export { SAMPLES } from './samples/table';
export { testBackend } from './suite';
export type { SuiteOptions } from './suite/setup';
