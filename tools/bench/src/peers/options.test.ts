import { describe, expect, it } from 'vitest';
import { isComparison, readPeerOptions, ROWS } from './options';
import { GROUPS } from './roster';

function names(args: string[]): string[] {
  return readPeerOptions(args).peers.map(({ name }) => name);
}

describe('the command line of a comparison', () => {
  it('is told from that of our own benchmarks', () => {
    expect(isComparison(['--only', 'matmul'])).toBe(false);
    expect(isComparison(['--peers', 'all'])).toBe(true);
    expect(isComparison(['--peers=all'])).toBe(true);
    expect(isComparison(['--table', 'file.json'])).toBe(true);
  });

  it('measures everything in 15 rounds of 100 ms by default', () => {
    const options = readPeerOptions(['--peers', 'all']);
    expect(options).toMatchObject({ rows: ROWS, rounds: 15, sliceMs: 100, json: undefined, straight: undefined, table: undefined });
    expect(names(['--peers', 'all'])).toEqual(GROUPS['all']);
  });

  it('always includes ours, and the steps by hand with their folder', () => {
    expect(names(['--peers', 'tfjs-wasm,torch'])).toEqual(['ours', 'ours-2t', 'tfjs-wasm', 'torch-1t', 'torch-2t']);
    expect(names(['--peers', 'ours', '--straight', 'there'])).toEqual(['ours', 'ours-2t', 'straight', 'straight-2t']);
  });

  it('takes several parts of names of rows', () => {
    expect(readPeerOptions(['--peers', 'ours', '--only', 'mlp,cold']).rows).toEqual(['mlp-step', 'cold-start']);
  });

  it('says what is wrong with bad options', () => {
    expect(() => readPeerOptions(['--peers', 'brain'])).toThrow('--peers brain: there are all, torch, ours,');
    expect(() => readPeerOptions(['--peers', 'straight'])).toThrow('--peers straight');
    expect(() => readPeerOptions(['--peers', 'ours', '--only', 'nothing like it'])).toThrow('There are:\n  matmul-128');
    expect(() => readPeerOptions(['--peers', 'ours', '--slice', '0'])).toThrow('--slice 0: expected a whole number >= 1.');
    expect(() => readPeerOptions(['--peers', 'ours', '--backend', 'cpu'])).toThrow('--backend');
  });
});
