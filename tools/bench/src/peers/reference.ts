/**
 * The float64 results that every library is checked against: Cotangent's reference backend in double precision. Digests are
 * stored, because the larger tasks take it many seconds; a changed task, or another model of the same task, makes new ones.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpu } from '@cotangent/backend-cpu';
import { checkedOutputs } from './checked';
import { digest, type Digest } from './digest';
import { inputsOf } from './inputs';
import { ours } from './ours';
import type { Task } from './task';

/** Digests of the results, by their names; the losses of the first steps are one array. */
export type Reference = Readonly<Record<string, Digest>>;

/** To be raised when what a kind means, or how a digest is made, changes. */
const VERSION = 1;

/** @param adapter default: the reference backend in double precision. */
export async function computeReference(
  task: Task,
  adapter = ours({ version: '', threads: 1, backend: () => cpu(), dtype: 'float64' }),
): Promise<Reference> {
  const runner = await adapter.build(task, inputsOf(task));
  if (typeof runner === 'string') throw new Error(`${task.id}: the reference cannot do it: ${runner}`);
  return Object.fromEntries(Object.entries(await checkedOutputs(task, runner.outputs)).map(([name, data]) => [name, digest(data)]));
}

/** The reference of a task from `folder`, computed and stored there if it is missing. */
export async function referenceOf(task: Task, folder: string): Promise<Reference> {
  const { kind, settings, inputs } = task;
  const key = createHash('sha256').update(JSON.stringify([VERSION, kind, settings, inputs])).digest('hex').slice(0, 16);
  const path = join(folder, `${task.id}-${key}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Reference;
  const reference = await computeReference(task);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.tmp`, JSON.stringify(reference));
  renameSync(`${path}.tmp`, path);
  return reference;
}
