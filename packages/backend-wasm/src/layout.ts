/** Fixed places at the bottom of the linear memory. Everything above `HEAP_START` belongs to the heap. */

/** Where a kernel that fails leaves details: [offending value, limit], two 32-bit words. */
export const ERROR_CELL = 64;
/** Vector constants shared by all kernels. */
export const CONSTANTS_START = 1024;
export const CONSTANTS_END = 16384;

/**
 * A block for each thread, whose address kernels find in a constant of their instance (`f.thread()`): at `PRIVATE` the address
 * of memory that only this thread uses, at `TILE` a scratch tile of the matrix multiplication (room for 8 x 12 floats).
 */
export const THREADS_START = CONSTANTS_END;
export const THREAD_BYTES = 512;
export const MOST_THREADS = 64;
export const PRIVATE = 0;
export const TILE = 64;
export const HEAP_START = THREADS_START + MOST_THREADS * THREAD_BYTES;

/** Vector loads may read this far past the end of an array, so every allocation ends with this many spare bytes. */
export const SLACK = 64;

/** What a kernel returns. */
export const STATUS = { ok: 0, badIndex: 1 } as const;
