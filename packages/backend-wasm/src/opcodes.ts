/**
 * Numbers of the WebAssembly instructions that the generators use. A prefix byte (0xfc, 0xfd) is kept in the bits above
 * the opcode: `0xfd0000 | n` is the SIMD instruction n.
 */

const SIMD = 0xfd0000;
const BULK = 0xfc0000;

type Words<T extends string> = T extends `${infer First} ${infer Rest}` ? First | Words<Rest> : T;

/** Instructions with consecutive numbers: those of a type, named in order. */
function run<T extends string, N extends string>(type: T, first: number, names: N): { readonly [K in `${T}${Words<N>}`]: number } {
  return Object.fromEntries(names.split(' ').map((name, i) => [type + name, first + i])) as { [K in `${T}${Words<N>}`]: number };
}

/** Instructions without immediates: they only take and leave values on the stack. */
export const PLAIN = {
  unreachable: 0x00,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  ...run('i32', 0x45, 'Eqz Eq Ne LtS LtU GtS GtU LeS LeU GeS GeU'),
  ...run('f32', 0x5b, 'Eq Ne Lt Gt Le Ge'),
  ...run('i32', 0x6a, 'Add Sub Mul DivS DivU RemS RemU And Or Xor Shl ShrS ShrU'),
  ...run('f32', 0x92, 'Add Sub Mul Div Min Max'),
  f64Add: 0xa0,
  f64Mul: 0xa2,
  f32DemoteF64: 0xb6,
  f64ConvertI32S: 0xb7,
  f64ConvertI32U: 0xb8,
  f64PromoteF32: 0xbb,
  i32ReinterpretF32: 0xbc,
  f32ReinterpretI32: 0xbe,
  i32TruncSatF32S: BULK | 0,
  i32TruncSatF64S: BULK | 2,
  i8x16Splat: SIMD | 15,
  i16x8Splat: SIMD | 16,
  i32x4Splat: SIMD | 17,
  f32x4Splat: SIMD | 19,
  f64x2Splat: SIMD | 20,
  ...run('i32x4', SIMD | 55, 'Eq Ne LtS LtU GtS GtU LeS LeU GeS GeU'),
  ...run('f32x4', SIMD | 65, 'Eq Ne Lt Gt Le Ge'),
  ...run('v128', SIMD | 77, 'Not And Andnot Or Xor Bitselect AnyTrue'),
  f32x4DemoteF64x2Zero: SIMD | 94,
  f64x2PromoteLowF32x4: SIMD | 95,
  i8x16NarrowI16x8U: SIMD | 102,
  ...run('f32x4', SIMD | 103, 'Ceil Floor Trunc Nearest'),
  i16x8NarrowI32x4U: SIMD | 134,
  i16x8ExtendLowI8x16U: SIMD | 137,
  f64x2Nearest: SIMD | 148,
  i32x4Abs: SIMD | 160,
  i32x4Neg: SIMD | 161,
  i32x4AllTrue: SIMD | 163,
  i32x4ExtendLowI16x8U: SIMD | 169,
  ...run('i32x4', SIMD | 171, 'Shl ShrS ShrU Add'),
  i32x4Sub: SIMD | 177,
  ...run('i32x4', SIMD | 181, 'Mul MinS MinU MaxS MaxU'),
  f32x4Abs: SIMD | 224,
  f32x4Neg: SIMD | 225,
  ...run('f32x4', SIMD | 227, 'Sqrt Add Sub Mul Div Min Max Pmin Pmax'),
  f64x2Add: SIMD | 240,
  f64x2Sub: SIMD | 241,
  f64x2Mul: SIMD | 242,
  ...run('i32x4', SIMD | 248, 'TruncSatF32x4S TruncSatF32x4U'),
  ...run('f32x4', SIMD | 250, 'ConvertI32x4S ConvertI32x4U'),
  i32x4TruncSatF64x2SZero: SIMD | 252,
  f32x4RelaxedMadd: SIMD | 261,
} as const;

/** Loads and stores: opcode and log2 of the natural alignment. */
export const MEMORY = {
  i32Load: [0x28, 2],
  f32Load: [0x2a, 2],
  i32Load8U: [0x2d, 0],
  i32Load16U: [0x2f, 1],
  i32Store: [0x36, 2],
  f32Store: [0x38, 2],
  i32Store8: [0x3a, 0],
  i32Store16: [0x3b, 1],
  v128Load: [SIMD | 0, 2],
  v128Load8Splat: [SIMD | 7, 0],
  v128Load16Splat: [SIMD | 8, 1],
  v128Load32Splat: [SIMD | 9, 2],
  v128Store: [SIMD | 11, 2],
  v128Load32Zero: [SIMD | 92, 2],
  v128Load64Zero: [SIMD | 93, 2],
} as const;

/** Loads and stores of one lane: opcode and log2 of the natural alignment; the lane is a further immediate. */
export const LANE_MEMORY = {
  v128Load8Lane: [SIMD | 84, 0],
  v128Load16Lane: [SIMD | 85, 1],
  v128Load32Lane: [SIMD | 86, 2],
  v128Load64Lane: [SIMD | 87, 3],
  v128Store8Lane: [SIMD | 88, 0],
  v128Store16Lane: [SIMD | 89, 1],
  v128Store32Lane: [SIMD | 90, 2],
  v128Store64Lane: [SIMD | 91, 3],
} as const;

/** Reads and writes of one lane; the lane is an immediate. */
export const LANE = {
  i8x16ExtractLaneU: SIMD | 22,
  i32x4ExtractLane: SIMD | 27,
  i32x4ReplaceLane: SIMD | 28,
  f32x4ExtractLane: SIMD | 31,
  f32x4ReplaceLane: SIMD | 32,
  f64x2ExtractLane: SIMD | 33,
} as const;

export const MEMORY_COPY = BULK | 10;
export const MEMORY_FILL = BULK | 11;

export type PlainOp = keyof typeof PLAIN;
export type MemoryOp = keyof typeof MEMORY;
export type LaneMemoryOp = keyof typeof LANE_MEMORY;
export type LaneOp = keyof typeof LANE;
