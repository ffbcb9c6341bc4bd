/** Which recorded ops a kernel computes, by name. */
import type { Node } from '../graph/node';
import type { PlanEntry } from '../plan/cache';
import type { Kernel } from '../plan/kernel';
import type { Instruction } from '../plan/scalar';
import type { Graph } from '../plan/walk';

/** The name of an op as its user knows it. */
export function nameOf(node: Node): string {
  return node.op === 'custom' ? (node as Node<'custom'>).attrs.definition.name : node.op;
}

/** Names found while the graph was at hand, for replays of compiled functions. */
const known = new WeakMap<PlanEntry, readonly (readonly string[])[]>();

/** For each kernel of a plan the names of the ops it computes, in the order they were recorded. */
export function opsOf(entry: PlanEntry, graph: Graph | undefined): readonly (readonly string[])[] {
  let names = known.get(entry);
  if (!names) {
    const { kernels } = entry.plan;
    names = kernels.map((kernel, k) => {
      const places = graph ? [...new Set(entry.origins[k])].sort((a, b) => a - b) : [];
      const own = places.map((place) => nameOf(graph!.order[place]!));
      // What is inside a repetition was recorded apart from the graph.
      return kernel.kind === 'repeat' ? [...own, ...bodyNames(kernel)] : own.length > 0 ? own : bodyNames(kernel);
    });
    if (graph) known.set(entry, names);
  }
  return names;
}

/** '2 mul + add' for mul, add, mul. Long lists end in how many more there are. */
export function opsText(names: readonly string[], most = 6): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size === most + 1) most++; // its name takes no more room than its number
  const parts = [...counts].map(([name, n]) => (n > 1 ? `${n} ${name}` : name));
  const hidden = [...counts.values()].slice(most).reduce((a, b) => a + b, 0);
  return [...parts.slice(0, most), ...(hidden > 0 ? [`${hidden} more`] : [])].join(' + ');
}

/** What a kernel computes, as far as it says itself. */
function bodyNames(kernel: Kernel): readonly string[] {
  switch (kernel.kind) {
    case 'map':
    case 'row': {
      const names = instructionNames(kernel.body);
      return names.length > 0 ? names : [kernel.inputs.length > 0 ? 'copy' : 'constant'];
    }
    case 'reduce':
      return [...instructionNames(kernel.body), kernel.op];
    case 'group':
      return kernel.maps.flatMap(bodyNames);
    case 'repeat':
      return kernel.kernels.flatMap(bodyNames);
    case 'contract':
      return ['contract', ...(kernel.epilogue ? instructionNames(kernel.epilogue.body) : [])];
    case 'scan':
      return [kernel.op];
    case 'host':
      return [kernel.name];
    default:
      return [kernel.kind];
  }
}

function instructionNames(body: readonly Instruction[]): string[] {
  return body.flatMap((step) => {
    if (step.op === 'load' || step.op === 'const' || step.op === 'index') return [];
    return [step.op === 'fold' ? step.fold : step.op];
  });
}
