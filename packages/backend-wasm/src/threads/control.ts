/**
 * The words in shared memory through which threads meet. Everything here is a word number of the memory, 32 words (two cache
 * lines, which processors fetch in pairs) apart where different threads write often.
 *
 * A piece of work is published as a description and a number of tickets. Whoever takes a ticket that is left does that chunk
 * and reports it; the main thread goes on when all chunks are reported. Threads that come late, sleep or are gone take no
 * tickets, so nobody ever waits for them.
 */

/** How many tickets are left; zero or below: nothing to do. Taken by subtracting one. */
export const TICKETS = 32;
/** How many chunks are done. */
export const DONE = 64;
/** 1 while the main thread sleeps until all is done. */
export const WAITING = 65;
/** A status other than ok that a kernel returned. */
export const STATUS = 66;
/** The status of a kernel that ended in an exception. */
export const CRASHED = -1;
/** Address of the description of the work, changed only while no ticket is out. */
export const WORK = 96;
/** Address of the newest entry of the list of modules; 0 when there is none. */
export const MODULES = 98;
/** Rises each time sleeping threads are woken. */
export const WAKE = 128;
/** How many threads sleep. */
export const SLEEPERS = 129;
/** How many threads have ever been ready. */
export const READY = 130;
/** 1 when threads are to end. */
export const STOP = 131;
/** Words up to here belong to the threads. */
export const CONTROL_WORDS = 160;

/** Words of a description: how many units there are, how many in a chunk, how many kernels follow each other on a chunk. */
export const DESCRIPTION = { units: 0, piece: 1, count: 2, kernels: 3 } as const;
/** Words for each kernel of a description: its number and the address of its parameters. */
export const KERNEL_WORDS = 2;

/** Words of an entry in the list of modules: the entry before it, address and bytes of the module, how many kernels it holds. */
export const MODULE_ENTRY = { previous: 0, address: 1, bytes: 2, kernels: 3, words: 4 } as const;
