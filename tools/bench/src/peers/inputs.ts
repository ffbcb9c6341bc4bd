/** Input elements from a counter, so that every process makes the same ones, and the files that carry arrays between processes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Elements, InputSpec, Inputs, Task } from './task';

/** A well mixed 32-bit number for every pair (the mixing steps are those of Ettinger's lowbias32). */
export function mix(counter: number, seed: number): number {
  let h = (counter + Math.imul(seed, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

function elementsOf({ shape, seed, scale = 1, offset = 0, classes }: InputSpec): Elements {
  const length = shape.reduce((a, b) => a * b, 1);
  if (classes !== undefined) return { shape, data: Int32Array.from({ length }, (_, i) => mix(i, seed) % classes) };
  const data = new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = offset + scale * (mix(i, seed) / 2 ** 31 - 1);
  return { shape, data };
}

export function inputsOf(task: Task): Inputs {
  return Object.fromEntries(Object.entries(task.inputs).map(([name, spec]) => [name, elementsOf(spec)]));
}

function fileOf(folder: string, name: string): string {
  return join(folder, `${name}.bin`);
}

/** Writes every array as its bare bytes, float32 or int32. */
export function writeArrays(folder: string, arrays: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, data] of Object.entries(arrays)) {
    const typed = data instanceof Float32Array || data instanceof Int32Array ? data : Float32Array.from(data);
    writeFileSync(fileOf(folder, name), new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength));
  }
}

/** A float32 array that `writeArrays`, or another program, has written. */
export function readArray(folder: string, name: string): Float32Array {
  const bytes = readFileSync(fileOf(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
