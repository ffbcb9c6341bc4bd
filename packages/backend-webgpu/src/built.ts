/**
 * Kernels of a plan as dispatches in order, with their shaders and the words they are given, for one distribution of its slots
 * among chunks of memory. Not here: where in their chunks slots lie, and everything that happens in a run.
 */
import { BackendError, type Kernel, type Plan, type RepeatKernel } from '@cotangent/tensor';
import { WORD } from './elements';
import { GRAIN, type Chunk, type Position } from './heap';
import { isOnHost, type OnHost } from './host';
import { launchesOf, type LaunchOptions } from './kernels/launch';
import { PARAMETER_WINDOW, signatureOf, type Compiled, type Signature } from './pipelines';
import { Shader, type Launch, type Location, type Word } from './wgsl/shader';

export interface Dispatch {
  /** Its place in `dispatches`. */
  readonly index: number;
  readonly code: string;
  readonly signature: Signature;
  readonly chunks: readonly Chunk[];
  /** Where its words begin, in bytes, and how many bytes they are. */
  readonly at: number;
  readonly bytes: number;
  /** Workgroups side by side, and rows of them. */
  readonly across: number;
  readonly down: number;
  compiled: Compiled | undefined;
}

export type Step =
  /** `offsets` say where the number of its trip lies, for a shader that asks. */
  | { readonly kind: 'dispatch'; readonly dispatch: Dispatch; readonly offsets: readonly number[] | undefined }
  | { readonly kind: 'host'; readonly kernel: OnHost; readonly trip: number; readonly windows: Windows };

/** A word that says where a slot lies, or where the words themselves lie. */
export interface Patch {
  readonly word: number;
  readonly add: number;
}

export interface Built {
  /** The chunk of every slot, and of the scratch memory after them. */
  readonly chunks: readonly (Chunk | undefined)[];
  readonly dispatches: readonly Dispatch[];
  readonly steps: readonly Step[];
  readonly words: Int32Array;
  readonly patches: ReadonlyMap<number, readonly Patch[]>;
  readonly own: readonly Patch[];
  /** Trips of the longest repetition. */
  readonly trips: number;
}

/** Where windows lie: at `offset + t * step` of another slot in trip t of the innermost repetition. */
type Windows = ReadonlyMap<number, { readonly of: number; readonly offset: number; readonly step: number }>;

const NO_WINDOWS: Windows = new Map();

export interface BuildOptions extends Omit<LaunchOptions, 'guarded' | 'scratch'> {
  /** Kernels that may only write while no index was out of range. */
  readonly guarded: ReadonlySet<Kernel>;
  readonly maximumWorkgroups: number;
  /** Storage buffers that a shader can bind. */
  readonly maximumBuffers: number;
}

/** @param positions where every slot lies, and after them the scratch memory, if any kernel needs it. */
export function build(plan: Plan, positions: readonly (Position | undefined)[], options: BuildOptions): Built {
  const { guarded, maximumWorkgroups, maximumBuffers, ...tuning } = options;
  const chunks = positions.map((position) => position?.chunk);
  const byId = new Map(chunks.flatMap((chunk) => (chunk ? [[chunk.id, chunk]] : [])));
  const dispatches: Dispatch[] = [];
  const words: number[] = [];
  const patches = new Map<number, Patch[]>();
  const own: Patch[] = [];
  let trips = 1;

  const addWord = (word: Word, windows: Windows, at: number): void => {
    const place = words.length;
    if (typeof word === 'number') words.push(word | 0);
    else if ('here' in word) {
      own.push({ word: place, add: at + word.here });
      words.push(0);
    } else {
      const moved = windows.get(word.slot);
      const slot = moved?.of ?? word.slot;
      const list = patches.get(slot);
      const patch = { word: place, add: word.add + (moved?.offset ?? 0) };
      if (list) list.push(patch);
      else patches.set(slot, [patch]);
      words.push(0);
    }
  };

  const dispatchOf = (launch: Launch, windows: Windows): Dispatch => {
    while (words.length % (GRAIN / WORD) !== 0) words.push(0);
    const begin = words.length;
    for (const word of launch.words) addWord(word, windows, begin);
    const down = Math.ceil(launch.workgroups / maximumWorkgroups);
    const dispatch: Dispatch = {
      index: dispatches.length,
      code: launch.code,
      signature: signatureOf(launch),
      chunks: launch.bindings.map(({ chunk }) => byId.get(chunk)!),
      at: begin * WORD,
      bytes: launch.words.length * WORD,
      across: Math.ceil(launch.workgroups / down),
      down,
      compiled: undefined,
    };
    dispatches.push(dispatch);
    return dispatch;
  };

  const stepsOf = (kernel: Kernel, windows: Windows): Step[] => {
    if (kernel.kind === 'repeat') return repeated(kernel, windows);
    if (isOnHost(kernel)) return [{ kind: 'host', kernel, trip: 0, windows }];
    const locate = (slot: number): Location => {
      const moved = windows.get(slot);
      const { id, unit } = chunks[moved?.of ?? slot]!;
      return { chunk: id, unit, step: moved?.step ?? 0 };
    };
    const launchOptions: LaunchOptions = { ...tuning, guarded: guarded.has(kernel), scratch: plan.slots.length };
    const launches = launchesOf(kernel, (inTable) => new Shader(locate, inTable), launchOptions);
    return launches.flatMap((launch): Step[] => {
      if (launch.workgroups === 0) return [];
      checkLimits(kernel, launch, maximumBuffers);
      const dispatch = dispatchOf(launch, windows);
      return [{ kind: 'dispatch', dispatch, offsets: dispatch.signature.trip ? [0] : undefined }];
    });
  };

  /** Trips of an innermost repetition share parameters; those of one around another have their own. */
  const repeated = ({ kernels, trips: count, windows }: RepeatKernel, outside: Windows): Step[] => {
    const innermostLoop = kernels.every(({ kind }) => kind !== 'repeat');
    const body = (trip: number): Step[] => {
      const inside = new Map(outside);
      for (const { slot, of, offset, step } of windows) {
        const around = outside.get(of);
        const begin = offset + (innermostLoop ? 0 : trip * step) + (around?.offset ?? 0);
        inside.set(slot, { of: around?.of ?? of, offset: begin, step: innermostLoop ? step : 0 });
      }
      return kernels.flatMap((inner) => stepsOf(inner, inside));
    };
    const all = Array.from({ length: count }, (_, trip) => trip);
    if (!innermostLoop) return all.flatMap(body);
    trips = Math.max(trips, count);
    const shared = body(0);
    return all.flatMap((trip) => shared.map((step): Step => {
      if (step.kind === 'host') return { ...step, trip };
      return step.offsets ? { ...step, offsets: [trip * GRAIN] } : step;
    }));
  };

  const steps = plan.kernels.flatMap((kernel) => stepsOf(kernel, NO_WINDOWS));
  return { chunks, dispatches, steps, words: Int32Array.from(words), patches, own, trips };
}

/** Throws for what WebGPU would refuse later and in other words. */
function checkLimits({ kind }: Kernel, launch: Launch, maximumBuffers: number): void {
  const { bindings, words } = launch;
  const { table, errors } = signatureOf(launch);
  const room = maximumBuffers - Number(table) - Number(errors);
  if (bindings.length > room) {
    throw new BackendError(
      `webgpu: a ${kind} kernel needs arrays from ${bindings.length} buffers, but a shader of this kind binds at most ${room} on this ` +
        'GPU. Arrays lie in many buffers because each buffer is small or there are many large arrays: use smaller batches or tensors, ' +
        'join fewer tensors at once, or take the wasm backend.',
    );
  }
  if (!table && words.length * WORD > PARAMETER_WINDOW) {
    throw new BackendError(
      `webgpu: a ${kind} kernel has ${words.length * WORD} bytes of parameters, but a shader can be given at most ${PARAMETER_WINDOW}. ` +
        'It has too many operands: join or add fewer tensors at once, or take the wasm backend.',
    );
  }
}
