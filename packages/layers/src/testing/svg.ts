/** Reads drawings in tests. */
import { expect } from 'vitest';

/** Throws unless every element is closed in its turn, attributes are quoted and unique, and text is escaped. */
export function expectXml(svg: string): void {
  const open: string[] = [];
  let roots = 0;
  const tag = /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z\d-]+="[^"<]*")*)\s*(\/?)>/g;
  const rest = svg.trim().replaceAll(tag, (_, end: string, name: string, attributes: string, empty: string) => {
    if (end === '/') expect(open.pop()).toBe(name);
    else {
      const names = [...attributes.matchAll(/([a-zA-Z\d-]+)="/g)].map((match) => match[1]);
      expect(new Set(names).size).toBe(names.length);
      expect(attributes).not.toMatch(/NaN|undefined|Infinity/);
      if (open.length === 0) roots++;
      if (empty === '') open.push(name);
    }
    return '';
  });
  expect([open, roots]).toEqual([[], 1]);
  expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot);)/);
  expect(svg).not.toMatch(/&(?!(?:amp|lt|gt|quot);)/);
}

/** What the drawing says, in order. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map((match) => match[1]!);
}

/** The corners of the lines that are drawn through points, in pixels. */
export function linesOf(svg: string): (readonly [x: number, y: number])[][] {
  return [...svg.matchAll(/<path d="([^"]*)" fill="none" stroke="[^"]*" stroke-width/g)].map((match) =>
    match[1]!.slice(1).split(/[ML]/).map((corner) => corner.split(' ').map(Number) as [number, number]));
}
