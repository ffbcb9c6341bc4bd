/** What both ways to sort share: rows of keys come in, positions go out. A row is a unit. */
import type { DType } from '@cotangent/tensor';
import { I32, type Local } from '../../assembler';
import type { KernelBuilder } from '../../kernel-module';
import { PRIVATE } from '../../layout';
import { wordsAt } from '../../words';

/** `rowBytes` from a row to the next one; `memory` is 0 where the memory of the thread serves all its rows. */
export const WORDS = ['source', 'rowBytes', 'size', 'target', 'take', 'memory', 'memoryBytes', 'half'] as const;
export type SortWord = (name: (typeof WORDS)[number]) => Local;

export interface SortedType {
  readonly dtype: DType;
  readonly descending: boolean;
}

/** Locals of a row: where its elements and its memory are, and where its positions go. */
export interface Row {
  readonly read: Local;
  readonly write: Local;
  readonly memory: Local;
}

/** Does the rows [from, to). `body` may move the pointers to what it reads and writes. */
export function emitRows(
  f: KernelBuilder, p: Local, from: Local, to: Local, scratch: boolean, body: (row: Row, word: SortWord) => void,
): void {
  const word = wordsAt(f, p, WORDS);
  for (const name of WORDS) word(name); // inside of branches they could not be read
  const [row, read, write, memory] = f.locals(I32, 4);
  f.get(from).set(row);
  f.block((done) => {
    f.loop((again) => {
      f.get(row, to).op('i32GeU').brIf(done);
      f.get(word('source'), row, word('rowBytes')).op('i32Mul', 'i32Add').set(read);
      f.get(word('target'), row, word('take')).i32(4).op('i32Mul', 'i32Mul', 'i32Add').set(write);
      if (scratch) f.get(word('memory'), row, word('memoryBytes')).op('i32Mul', 'i32Add').set(memory);
      else f.thread().mem('i32Load', PRIVATE).set(memory);
      body({ read, write, memory }, word);
      f.add(row, 1).br(again);
    });
  });
  f.i32(0);
}

/** Writes the first `take` positions of pairs (key, position). */
export function emitPositions(f: KernelBuilder, pairs: Local, write: Local, take: Local): void {
  const [from, rest] = f.locals(I32, 2);
  f.get(pairs).set(from).get(take).set(rest);
  f.times(rest, () => void f.get(write, from).mem('i32Load', 4).mem('i32Store').add(write, 4).add(from, 8));
}
