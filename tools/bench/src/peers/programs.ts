/** Which program stands behind a column. */
import type { Programs } from './bundle';
import type { Program } from './process';
import { torchProgram, type Peer } from './roster';

export interface Places {
  readonly programs: Programs;
  /** tools/bench/peers. */
  readonly peers: string;
  /** A python3 that has PyTorch. */
  readonly python: string | undefined;
}

function javaScript(file: string, { library, threads }: Peer, { peers }: Places): Program {
  // Large arrays of some libraries live in the JavaScript heap.
  return { file: process.execPath, args: ['--expose-gc', '--max-old-space-size=8192', file, library, `${threads}`, peers] };
}

/** The process that runs tasks. */
export function hostOf(peer: Peer, places: Places): Program {
  if (peer.library === 'torch') return torchProgram(places.python!, places.peers, peer.threads);
  return javaScript(places.programs.host, peer, places);
}

/** A process that does one small product, prints a number, and ends. */
export function coldProgramOf(peer: Peer, places: Places): Program {
  if (peer.library === 'torch') {
    const code = `import torch; torch.set_num_threads(${peer.threads}); a = torch.rand(128, 128); print(float((a @ a)[0, 0]), flush=True)`;
    return { file: places.python!, args: ['-c', code] };
  }
  return javaScript(places.programs.cold, peer, places);
}

/** Node itself, doing nothing. */
export const BARE_NODE: Program = { file: process.execPath, args: ['-e', 'require("node:fs").writeSync(1, "0\\n")'] };
