/**
 * `pnpm bench [--only name] [--backend cpu|wasm] [--rounds n] [--json file]` runs the workloads of our own backends;
 * `pnpm bench --peers a,b [--only name,name] [--rounds n] [--slice ms] [--json file] [--straight folder]` compares with other
 * libraries, and `pnpm bench --table file` shows a stored comparison again.
 */
import { readOptions } from './options';
import { benchOwn } from './own';
import { compareLibraries } from './peers/comparison';
import { isComparison, readPeerOptions } from './peers/options';

const args = process.argv.slice(2);
if (isComparison(args)) await compareLibraries(readPeerOptions(args));
else await benchOwn(readOptions(args));
