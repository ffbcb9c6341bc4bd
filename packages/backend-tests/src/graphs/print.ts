/** A graph as code that runs by itself: it computes everything twice, as planned and without fusing, and prints both. */
import { FLOAT, Ref, refsIn, Seeded, type Argument, type Float, type RandomGraph } from './graph';
import type { Form } from './run-graph';
import { HELPED, HELPERS, isHelper } from './functions';

/** How the printed code runs. */
export interface PrintOptions {
  readonly float: Float;
  /** The backends of the two runs. */
  readonly backends: readonly [string, string];
  /** What `setPlanner` is given before each. */
  readonly switches: readonly [string, string];
  readonly forms: readonly [Form, Form];
}

/** The numbers that literals cannot say are rare enough for a text. */
export function showNumber(x: number): string {
  return Object.is(x, -0) ? '-0' : String(x);
}

function show(arg: Argument): string {
  if (arg instanceof Ref) return `v${arg.value}`;
  if (arg instanceof Seeded) return `g${arg.seed}`;
  if (arg === FLOAT) return 'FLOAT';
  if (typeof arg === 'number') return showNumber(arg);
  if (typeof arg === 'string') return `'${arg}'`;
  if (Array.isArray(arg)) return `[${(arg as readonly Argument[]).map(show).join(', ')}]`;
  if (typeof arg !== 'object') return String(arg);
  return `{ ${Object.entries(arg).map(([key, x]) => `${key}: ${show(x)}`).join(', ')} }`;
}

/** The inputs and steps, a line each; with `value` given, only what that value needs. */
export function printSteps(graph: RandomGraph, value?: number): { inputs: string[]; steps: string[] } {
  const needed = value === undefined ? undefined : ancestors(graph, value);
  const keepTracked = graph.course.kind === 'gradients';
  const inputs = graph.inputs.map(({ shape, dtype, elements, kind }, i) => {
    const type = dtype === FLOAT ? 'FLOAT' : `'${dtype}'`;
    const data = `tensor([${elements.map(showNumber).join(', ')}], { shape: [${shape.join(', ')}], dtype: ${type} })`;
    const wrap = kind !== 'tensor' ? kind : dtype === FLOAT && keepTracked ? 'track' : '';
    return `const v${i} = ${wrap === '' ? data : `${wrap}(${data})`};`;
  });
  const steps = graph.steps.map(({ fn, args, shape, read, keep }, i) => {
    const k = graph.inputs.length + i;
    const call = `${fn}(${args.map(show).join(', ')})`;
    const after = read ? `\nawait v${k}.data();` : '';
    return `const v${k} = ${keep ? `keep(${call})` : call}; // [${shape.join(', ')}]${after}`;
  });
  return {
    inputs: inputs.filter((_, i) => needed?.has(i) ?? true),
    steps: steps.filter((_, i) => needed?.has(graph.inputs.length + i) ?? true),
  };
}

function ancestors(graph: RandomGraph, value: number): Set<number> {
  const found = new Set([value]);
  for (const k of found) {
    if (k >= graph.inputs.length) for (const ref of refsIn(graph.steps[k - graph.inputs.length]!.args)) found.add(ref);
  }
  return found;
}

const OFF = '{ maps: false, rows: false, epilogues: false, recompute: false, groups: false, schedule: false, donate: false }';
const DEFAULT: PrintOptions = { float: 'float32', backends: ['cpu', 'cpu'], switches: ['{}', OFF], forms: ['loop', 'loop'] };

/** The whole program; what it prints are the results of `runGraph`. */
export function printGraph(graph: RandomGraph, { float, backends, switches, forms }: PrintOptions = DEFAULT): string {
  const { inputs, steps } = printSteps(graph);
  const body = graph.course.kind === 'gradients' ? gradientsCode(graph, inputs, steps) : trainingCode(graph, inputs, steps, forms[0] !== 'loop');
  const used = new Set<string>();
  const seeds = new Set(graph.steps.flatMap(({ args }) => args.flatMap(seedsIn)));
  const text = [...[...seeds].map((seed) => `const g${seed} = new Generator(${seed});`), ...body].join('\n');
  for (const { fn } of graph.steps) for (const name of isHelper(fn) ? HELPED[fn] : [fn]) used.add(name);
  for (const name of [
    'tensor', 'parameter', 'variable', 'keep', 'assignAll', 'mean', 'mul', 'sum', 'clamp', 'add', 'sub', 'div', 'sqrt', 'square',
    'Generator', 'compile',
  ]) {
    if (new RegExp(`\\b${name}\\(`).test(text)) used.add(name);
  }
  const helpers = [...new Set(graph.steps.map(({ fn }) => fn))].filter(isHelper).map((name) => HELPERS[name]);
  const fromAutodiff = ['gradients', 'track'].filter((name) => text.includes(`${name}(`));
  return [
    ...(fromAutodiff.length > 0 ? [`import { ${fromAutodiff.join(', ')} } from '@cotangent/autodiff';`] : []),
    ...[...new Set(backends)].map((name) => `import { ${name} } from '@cotangent/backend-${name}';`),
    `import { ${[...used, 'setPlanner', 'use'].sort().join(', ')} } from '@cotangent/tensor';`,
    '',
    `const FLOAT = '${float}';`,
    ...helpers,
    'const run = async (compiled) => {',
    ...text.split('\n').map((line) => `  ${line}`),
    '};',
    ...switches.flatMap((set, i) => [`await use(${backends[i]!}());`, `setPlanner(${set});`, `await run(${forms[i] === 'compiled' ? 'true' : ''});`]),
  ].join('\n');
}

const WEIGHTED = `const weighted = (y) => {
  const weights = Array.from({ length: y.size }, (_, i) => 1 + ((i * 5) % 7) / 8);
  const terms = mul(y, tensor(weights, { shape: y.shape, dtype: y.dtype }));
  return y.size === 0 ? sum(terms) : mean(terms);
};`;

function seedsIn(arg: Argument): number[] {
  if (arg instanceof Seeded) return [arg.seed];
  return typeof arg === 'object' && !(arg instanceof Ref) ? Object.values(arg).flatMap((x) => seedsIn(x)) : [];
}

function list(values: readonly number[]): string {
  return `[${values.map((k) => `v${k}`).join(', ')}]`;
}

function readCode(graph: RandomGraph): string[] {
  return graph.outputs.map((k) => `console.log('v${k}', await v${k}.data());`);
}

function lossesCode(graph: RandomGraph): string {
  return `const losses = ${list(graph.outputs)}.filter((y) => y.dtype === FLOAT && y.requiresGrad).map(weighted);`;
}

function gradientsCode(graph: RandomGraph, inputs: readonly string[], steps: readonly string[]): string[] {
  const course = graph.course as Extract<RandomGraph['course'], { kind: 'gradients' }>;
  const leaves = [...graph.inputs.keys()].filter((i) => graph.inputs[i]!.dtype === FLOAT && graph.inputs[i]!.kind !== 'variable');
  const read = readCode(graph);
  if (course.order === 0 || leaves.length === 0) return [...inputs, ...steps, ...read];
  const sets = course.apart ? `losses.map((loss) => gradients(loss, ${list(leaves)}))` : `losses.length > 0 ? [gradients(losses, ${list(leaves)})] : []`;
  return [
    ...inputs,
    ...steps,
    WEIGHTED,
    ...(course.readFirst ? read : []),
    lossesCode(graph),
    `const sets = ${sets};`,
    ...(course.order === 2
      ? [`const again = sets.flat().filter((g) => g.requiresGrad).map(weighted);`, `if (again.length > 0) sets.push(gradients(again, ${list(leaves)}));`]
      : []),
    ...(course.readFirst ? [] : read),
    `for (const set of sets) for (const [i, slope] of set.entries()) console.log('the gradient for', ${JSON.stringify(leaves.map((i) => `v${i}`))}[i], await slope.data());`,
  ];
}

function trainingCode(graph: RandomGraph, inputs: readonly string[], steps: readonly string[], asFunction: boolean): string[] {
  const { rule, trips, by, readFirst } = graph.course as Extract<RandomGraph['course'], { kind: 'training' }>;
  const trained = list([...graph.inputs.keys()].filter((i) => graph.inputs[i]!.kind === 'parameter'));
  const zeros = `${trained}.map((x) => variable(tensor(new Array(x.size).fill(0), { shape: x.shape, dtype: FLOAT })));`;
  const states = { sgd: [], momentum: ['m'], adam: ['m', 'v'] }[rule];
  const next = {
    sgd: ['[p, sub(p, mul(g, 0.1))]'],
    momentum: ['[p, sub(p, mul(m2, 0.1))]', '[m[n], m2]'],
    adam: ['[p, sub(p, div(mul(m2, 0.05), add(sqrt(v2), 1e-3)))]', '[m[n], m2]', '[v[n], v2]'],
  }[rule];
  const update = [
    lossesCode(graph),
    'if (losses.length > 0) {',
    `  const pairs = gradients(losses, ${trained}).map((g) => clamp(g, { min: -1, max: 1 })).flatMap((g, n) => {`,
    `    const p = ${trained}[n];`,
    ...(rule === 'sgd' ? [] : [`    const m2 = add(mul(m[n], 0.9), mul(g, ${rule === 'adam' ? 0.1 : 1}));`]),
    ...(rule === 'adam' ? ['    const v2 = add(mul(v[n], 0.99), mul(square(g), 0.01));'] : []),
    `    return [${next.join(', ')}];`,
    '  });',
    ...(by === 'assignAll' ? ['  assignAll(pairs);'] : []),
    ...(by === 'update' ? ['  for (const [p, value] of pairs) p.update(value);'] : []),
    ...(by === 'assign' ? ['  for (const [, value] of pairs) keep(value);', '  for (const [p, value] of pairs) p.assign(value);'] : []),
    '}',
  ];
  const keepAll = `${list(graph.outputs)}.forEach((y) => keep(y));`;
  const head = [...inputs, WEIGHTED, ...states.map((name) => `const ${name} = ${zeros}`)];
  const variables = graph.inputs.flatMap(({ kind }, i) => (kind === 'tensor' ? [] : [`v${i}`]));
  const tail = `for (const x of [${[...variables, ...states.map((name) => `...${name}`)].join(', ')}]) console.log('at the end', await x.data());`;
  const loop = `for (let trip = 1; trip <= ${trips}; trip++) {`;
  const indent = (lines: readonly string[]): string[] => lines.join('\n').split('\n').map((line) => `  ${line}`);
  if (asFunction) {
    const given = graph.inputs.flatMap(({ kind }, i) => (kind === 'tensor' ? [`v${i}`] : [])).join(', ');
    const recorded = steps.map((line) => line.replace(/\nawait .*$/, ''));
    return [
      ...head,
      `const step = (${given}) => {`,
      ...indent([...recorded, `if (!compiled) ${keepAll}`, ...update, `return ${list(graph.outputs)};`]),
      '};',
      'const replay = compiled ? compile(step) : step;',
      loop,
      `  const outputs = replay(${given});`,
      `  for (const [i, y] of outputs.entries()) console.log(${JSON.stringify(graph.outputs.map((k) => `v${k}`))}[i], await y.data());`,
      '}',
      tail,
    ];
  }
  const defer = by === 'update' && !readFirst;
  const read = readCode(graph);
  const body = readFirst
    ? [...steps, ...read, ...update]
    : [...steps, keepAll, ...update, ...(defer ? ['later.push(async () => {', ...indent(read), '});'] : read)];
  return [
    ...head,
    ...(defer ? ['const later = [];'] : []),
    loop,
    ...indent(body),
    '}',
    ...(defer ? ['for (const read of later) await read();'] : []),
    tail,
  ];
}
