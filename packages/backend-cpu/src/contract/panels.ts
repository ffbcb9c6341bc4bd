/** Working memory of contractions and the inner loops over packed panels, shared by generated and interpreted code. */

/** Rows and columns of the register tile. 2 x 4 doubles with their operands just fit the 16 vector registers of x86. */
export const TILE_ROWS = 2;
export const TILE_COLUMNS = 4;

/** Blocks: a panel of each operand (256 KB as doubles) stays in the second-level cache. */
export const BLOCK_ROWS = 128;
export const BLOCK_COLUMNS = 128;
export const BLOCK_SUM = 256;

/** Panels and results of one block. Integers are multiplied as int32: the low bits are right for every width and sign. */
export type Panel = Float64Array | Int32Array;

interface FloatPanels {
  readonly kind: 'float';
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly result: Float64Array;
}

interface IntegerPanels {
  readonly kind: 'integer';
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly result: Int32Array;
}

/** Multiplies the packed panels into `result`; see `multiplyFloats`. */
export function multiply(panels: FloatPanels | IntegerPanels, rows: number, width: number, depth: number): void {
  if (panels.kind === 'float') multiplyFloats(panels.a, panels.b, panels.result, rows, width, depth);
  else multiplyIntegers(panels.a, panels.b, panels.result, rows, width, depth);
}

/**
 * result[r, c] += sum over k of a[r, k] * b[k, c], k in order. `a` holds panels of TILE_ROWS rows, k outermost within
 * each, `b` panels of TILE_COLUMNS columns; `result` has rows of `width` elements, a multiple of TILE_COLUMNS.
 */
function multiplyFloats(a: Float64Array, b: Float64Array, result: Float64Array, rows: number, width: number, depth: number): void {
  for (let r = 0; r < rows; r += 2) {
    for (let c = 0; c < width; c += 4) {
      const t = (r * width + c) | 0;
      const u = (t + width) | 0;
      let r00 = result[t]!, r01 = result[t + 1]!, r02 = result[t + 2]!, r03 = result[t + 3]!;
      let r10 = result[u]!, r11 = result[u + 1]!, r12 = result[u + 2]!, r13 = result[u + 3]!;
      // One counter less and no tests for overflow: registers are scarce here.
      for (let i = (r * depth) | 0, j = (c * depth) | 0, end = (i + 2 * depth) | 0; i < end; i = (i + 2) | 0, j = (j + 4) | 0) {
        const a0 = a[i]!, a1 = a[i + 1]!;
        const b0 = b[j]!, b1 = b[j + 1]!, b2 = b[j + 2]!, b3 = b[j + 3]!;
        r00 += a0 * b0;
        r01 += a0 * b1;
        r02 += a0 * b2;
        r03 += a0 * b3;
        r10 += a1 * b0;
        r11 += a1 * b1;
        r12 += a1 * b2;
        r13 += a1 * b3;
      }
      result[t] = r00;
      result[t + 1] = r01;
      result[t + 2] = r02;
      result[t + 3] = r03;
      result[u] = r10;
      result[u + 1] = r11;
      result[u + 2] = r12;
      result[u + 3] = r13;
    }
  }
}

/** As `multiplyFloats`, wrapping to 32 bits. */
function multiplyIntegers(a: Int32Array, b: Int32Array, result: Int32Array, rows: number, width: number, depth: number): void {
  for (let r = 0; r < rows; r += 2) {
    for (let c = 0; c < width; c++) {
      const j = (c - (c % 4)) * depth + (c % 4);
      let top = result[r * width + c]!;
      let bottom = result[(r + 1) * width + c]!;
      for (let k = 0, i = r * depth; k < depth; k++, i += 2) {
        const y = b[j + 4 * k]!;
        top = (top + Math.imul(a[i]!, y)) | 0;
        bottom = (bottom + Math.imul(a[i + 1]!, y)) | 0;
      }
      result[r * width + c] = top;
      result[(r + 1) * width + c] = bottom;
    }
  }
}

/** The arrays that contractions of one backend share; made at first use, since most programs need one kind only. */
export class ContractMemory {
  private floatPanels: FloatPanels | undefined;
  private integerPanels: IntegerPanels | undefined;

  floats(): FloatPanels {
    return (this.floatPanels ??= {
      kind: 'float',
      a: new Float64Array(BLOCK_ROWS * BLOCK_SUM),
      b: new Float64Array(BLOCK_COLUMNS * BLOCK_SUM),
      result: new Float64Array(BLOCK_ROWS * BLOCK_COLUMNS),
    });
  }

  integers(): IntegerPanels {
    return (this.integerPanels ??= {
      kind: 'integer',
      a: new Int32Array(BLOCK_ROWS * BLOCK_SUM),
      b: new Int32Array(BLOCK_COLUMNS * BLOCK_SUM),
      result: new Int32Array(BLOCK_ROWS * BLOCK_COLUMNS),
    });
  }
}
