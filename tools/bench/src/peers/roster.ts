/** Who takes part: the columns of the table, and the programs behind them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Library } from './adapters';
import type { Program } from './process';

export interface Peer {
  readonly name: string;
  /** `ours`, another JavaScript library, native code, or steps written by hand. */
  readonly side: 'ours' | 'js' | 'native' | 'hand';
  readonly threads: number;
  readonly library: Library | 'torch' | 'straight';
}

export const PEERS: readonly Peer[] = [
  { name: 'ours', side: 'ours', threads: 1, library: 'ours' },
  { name: 'ours-2t', side: 'ours', threads: 2, library: 'ours' },
  { name: 'tfjs-cpu', side: 'js', threads: 1, library: 'tfjs-cpu' },
  { name: 'tfjs-wasm', side: 'js', threads: 1, library: 'tfjs-wasm' },
  { name: 'jax-js', side: 'js', threads: 1, library: 'jax-js' },
  { name: 'ort-web', side: 'js', threads: 1, library: 'ort-web' },
  { name: 'ort-web-2t', side: 'js', threads: 2, library: 'ort-web' },
  { name: 'torch-1t', side: 'native', threads: 1, library: 'torch' },
  { name: 'torch-2t', side: 'native', threads: 2, library: 'torch' },
  { name: 'straight', side: 'hand', threads: 1, library: 'straight' },
  { name: 'straight-2t', side: 'hand', threads: 2, library: 'straight' },
];

/** Words that stand for several names. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  all: PEERS.filter(({ side }) => side !== 'hand').map(({ name }) => name),
  torch: ['torch-1t', 'torch-2t'],
};

/** The first python3 on PATH that has PyTorch. */
export function pythonWithTorch(): string | undefined {
  const found = spawnSync('which', ['-a', 'python3']).stdout as Buffer | null;
  const candidates = (found?.toString() ?? '').split('\n').filter((path) => path !== '');
  const look = 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)';
  return candidates.find((path) => spawnSync(path, ['-c', look]).status === 0);
}

/** How PyTorch's libraries are told how many threads they have. Threads that wait actively would disturb the other processes. */
export function torchProgram(python: string, peersFolder: string, threads: number): Program {
  const count = `${threads}`;
  return {
    file: python,
    args: [join(peersFolder, 'torch_peer.py'), count],
    environment: { OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, OMP_WAIT_POLICY: 'PASSIVE' },
  };
}
