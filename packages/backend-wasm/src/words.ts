/** Parameters by name: the words of a block in the order of a list. */
import { I32, type Local } from './assembler';
import type { KernelBuilder } from './kernel-module';
import { Parameters, type Word } from './params';

export function parametersOf<const Name extends string>(names: readonly Name[], words: Readonly<Record<Name, Word>>): Parameters {
  const parameters = new Parameters();
  parameters.push(...names.map((name) => words[name]));
  return parameters;
}

/** Reads words of the block at `p`, each into a local when it is first asked for. Ask outside of branches only. */
export function wordsAt<const Name extends string>(f: KernelBuilder, p: Local, names: readonly Name[]): (name: Name) => Local {
  const known = new Map<Name, Local>();
  return (name) => {
    let local = known.get(name);
    if (local === undefined) {
      known.set(name, (local = f.local(I32)));
      f.get(p).mem('i32Load', names.indexOf(name) * 4).set(local);
    }
    return local;
  };
}
