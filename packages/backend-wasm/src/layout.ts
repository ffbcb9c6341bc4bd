/** Fixed places at the bottom of the linear memory. Everything above `HEAP_START` belongs to the heap. */

/** Where a kernel that fails leaves details: [offending value, limit], two 32-bit words. */
export const ERROR_CELL = 64;
/** Scratch tile of the matrix multiplication: 4 rows of 8 floats. */
export const TILE = 128;
/** Vector constants shared by all kernels. */
export const CONSTANTS_START = 1024;
export const CONSTANTS_END = 16384;
export const HEAP_START = CONSTANTS_END;

/** Vector loads may read this far past the end of an array, so every allocation ends with this many spare bytes. */
export const SLACK = 64;

/** What a kernel returns. */
export const STATUS = { ok: 0, badIndex: 1 } as const;
