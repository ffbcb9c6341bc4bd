import { expect, it } from 'vitest';
import { warp } from './warp';

const still = { width: 1, height: 1, slant: 0, dx: 0, dy: 0 };
const image = Float32Array.from([0, 1, 0, 0, 1, 0, 0, 1, 0]);

it('leaves an image alone when nothing is to be changed', () => {
  expect(warp(image, 3, still)).toEqual(image);
});

it('moves right and down, and lets paper in', () => {
  expect(Array.from(warp(image, 3, { ...still, dx: 1 }))).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
  expect(Array.from(warp(image, 3, { ...still, dy: 1 }))).toEqual([0, 0, 0, 0, 1, 0, 0, 1, 0]);
});

it('slants the upper edge to the right and the lower one to the left', () => {
  expect(Array.from(warp(image, 3, { ...still, slant: 1 }))).toEqual([0, 0, 1, 0, 1, 0, 1, 0, 0]);
});

it('makes narrower', () => {
  const wide = Float32Array.from([0, 0, 0, 1, 1, 1, 0, 0, 0]);
  expect(Array.from(warp(wide, 3, { ...still, width: 0.5 }))).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
});
